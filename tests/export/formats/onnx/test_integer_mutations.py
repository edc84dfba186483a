"""One number of a quantized file changed, or one layer in float: the reading shows exactly that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, NodeProto, helper, numpy_helper

from export.formats.base import Contents
from export.formats.onnx.read import read
from export.formats.onnx.write import write
from fastscnn.graph.graph import Array, Conv
from quantize import pixels as pixel_input
from tests.export.formats.onnx.steps import SPELLINGS
from tests.graphs import ODD, fast_scnn, info_of
from tests.quantized_graphs import pixels, quantized

GRAPH = quantized(
    pixel_input.apply(fast_scnn(first_padding=1), info_of(19).preprocessing), pixels((64, 96)), pixels_in=True
)
NETWORK = write(GRAPH, ODD, info_of(19))
FIRST = "downsample.conv"
LAYER = "features.stage2.1.project"
BEFORE = "features.stage2.1.depthwise"
CLAMPED = "pyramid.conv2"
"""Its relu has a step of its own, for its scale is that of negative numbers too."""


class Model:
    """A file's nodes and numbers, to be changed."""

    def __init__(self, content: bytes) -> None:
        self.proto: ModelProto = onnx.load_from_string(content)

    def giver(self, tensor: str) -> NodeProto:
        return next(node for node in self.proto.graph.node if tensor in node.output)

    def takers(self, tensor: str) -> list[NodeProto]:
        return [node for node in self.proto.graph.node if tensor in node.input]

    def conv(self, name: str) -> NodeProto:
        return next(node for node in self.proto.graph.node if node.name == name)

    def array(self, name: str) -> Array:
        stored = next(tensor for tensor in self.proto.graph.initializer if tensor.name == name)
        return numpy_helper.to_array(stored).copy()

    def put(self, name: str, array: Array) -> None:
        for tensor in self.proto.graph.initializer:
            if tensor.name == name:
                tensor.CopyFrom(numpy_helper.from_array(array, name))
                return
        self.proto.graph.initializer.append(numpy_helper.from_array(array, name))

    def change(self, name: str, change: Callable[[Array], Any]) -> None:
        """The stored number, or the first of them."""
        array = self.array(name)
        array.ravel()[0] = change(array.ravel()[0])
        self.put(name, array)

    def insert(self, before: NodeProto, kind: str, source: str, output: str) -> None:
        place = list(self.proto.graph.node).index(before)
        self.proto.graph.node.insert(place, helper.make_node(kind, [source], [output], name=output))


def up(number: Any) -> Any:
    return np.nextafter(number, np.float32(np.inf))


def more(number: Any) -> Any:
    return number + number.dtype.type(1) if number < 127 else number - number.dtype.type(1)


def weights_as_floats(model: Model) -> None:
    conv = model.conv(LAYER)
    weight, scale = (model.array(name) for name in model.giver(conv.input[1]).input[:2])
    model.put("slipped", weight.astype(np.float32) * scale[:, None, None, None])
    conv.input[1] = "slipped"


def input_not_quantized(model: Model) -> None:
    model.conv(LAYER).input[0] = model.giver(BEFORE).input[0]


def result_not_quantized(model: Model) -> None:
    """Whoever takes it takes it in float; the QuantizeLinear is gone."""
    quantize = model.giver(LAYER)
    (dequantize,) = model.takers(LAYER)
    for node in model.takers(dequantize.output[0]):
        for place, name in enumerate(node.input):
            if name == dequantize.output[0]:
                node.input[place] = quantize.input[0]
    for node in (quantize, dequantize):
        model.proto.graph.node.remove(node)
    kept = [value for value in model.proto.graph.value_info if value.name != LAYER]
    del model.proto.graph.value_info[:]
    model.proto.graph.value_info.extend(kept)


def operator_behind(model: Model) -> None:
    quantize = model.giver(LAYER)
    model.insert(quantize, "Identity", quantize.input[0], "slipped")
    quantize.input[0] = "slipped"


def operator_before(model: Model) -> None:
    conv = model.conv(LAYER)
    model.insert(conv, "Relu", conv.input[0], "slipped")
    conv.input[0] = "slipped"


def one_reader_of_another_scale(model: Model) -> None:
    (dequantize, *_) = model.takers(LAYER)
    model.put("slipped", up(model.array(dequantize.input[1])[()]))
    dequantize.input[1] = "slipped"


def scale_before_the_clamp(model: Model) -> None:
    quantize = model.giver(f"{CLAMPED}.unlimited")
    model.put("slipped", up(model.array(quantize.input[1])[()]))
    quantize.input[1] = "slipped"


def zero_point_of_weights(model: Model) -> None:
    dequantize = model.giver(model.conv(LAYER).input[1])
    model.put("slipped", model.array(dequantize.input[2]) + np.int8(1))
    dequantize.input[2] = "slipped"


def channels_swapped(model: Model) -> None:
    name = model.giver(model.conv(LAYER).input[1]).input[0]
    array = model.array(name)
    array[[0, 1]] = array[[1, 0]]
    model.put(name, array)


def number(layer: str, place: int, of: int, change: Callable[[Any], Any]) -> Callable[[Model], None]:
    """The first number of what a convolution takes: its integers (0) or their scales (1)."""
    return lambda model: model.change(model.giver(model.conv(layer).input[place]).input[of], change)


def border(model: Model) -> None:
    """One number of one strip."""
    (strip, *_) = (t.name for t in model.proto.graph.initializer if t.name.startswith(f"{FIRST}.border."))
    model.change(strip, more)


MUTATIONS: dict[str, tuple[Callable[[Model], None], dict[str, set[str]]]] = {
    "one weight by one": (number(LAYER, 1, 0, more), {"weights": {LAYER}}),
    "one weight's scale by an ulp": (number(LAYER, 1, 1, up), {"scales": {LAYER}}),
    "the zero point of weights": (zero_point_of_weights, {"scales": {LAYER}}),
    "two channels swapped": (channels_swapped, {"weights": {LAYER}}),
    "one bias by one": (number(LAYER, 2, 0, more), {"biases": {LAYER}}),
    "one bias's scale by an ulp": (number(LAYER, 2, 1, up), {"bias_scales": {LAYER}}),
    "one number of a border": (border, {"borders": {FIRST}}),
    "a scale by an ulp": (lambda model: model.change(f"{LAYER}.scale", up), {"quants": {LAYER}}),
    "a zero point": (lambda model: model.change(f"{LAYER}.zero_point", more), {"quants": {LAYER}}),
    "the scale that one reader believes": (one_reader_of_another_scale, {"quants": {LAYER}}),
    "the scale before a clamp": (scale_before_the_clamp, {"quants": {CLAMPED}}),
    "the pixels' scale": (
        lambda model: model.change("image.scale", up),
        {"quants": {"image"}, "input": {"scale"}},
    ),
    "the logits' zero point": (
        lambda model: model.change("logits.zero_point", more),
        {"quants": {"logits"}, "output": {"zero_point"}},
    ),
    "weights as floats": (weights_as_floats, {"weights": {LAYER}, "scales": {LAYER}, "floats": {LAYER}}),
    "an input not quantized": (input_not_quantized, {"floats": {LAYER}}),
    "an operator before": (operator_before, {"floats": {LAYER}, "operators": {"Relu"}}),
    "an operator behind": (operator_behind, {"floats": {LAYER}, "operators": {"Identity"}}),
}


def differences(before: Contents, after: Contents) -> dict[str, set[str]]:
    """What two readings do not share, by field."""
    found = {}
    for field in fields(Contents):
        old, new = (getattr(contents, field.name) for contents in (before, after))
        if field.name in ("input", "output"):
            old, new = vars(old), vars(new)
        if isinstance(old, frozenset):
            changed = old ^ new
        elif field.name in ("info", "version"):
            changed = set() if old == new else {field.name}
        else:
            changed = {name for name in {*old, *new} if not same(old.get(name), new.get(name))}
        if changed:
            found[field.name] = set(changed)
    return found


def same(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return old.dtype == new.dtype and np.array_equal(old, new)
    return type(old) is type(new) and bool(old == new)


def reading(content: bytes, folder: Path) -> Contents:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return read(path)


@pytest.mark.parametrize("name", MUTATIONS)
def test_shows_exactly_what_changed(name: str, tmp_path: Path) -> None:
    mutate, expected = MUTATIONS[name]
    model = Model(NETWORK)
    mutate(model)
    found = differences(reading(NETWORK, tmp_path), reading(model.proto.SerializeToString(), tmp_path))
    assert found == expected


def test_shows_a_convolution_whose_result_stays_float(tmp_path: Path) -> None:
    model = Model(NETWORK)
    result_not_quantized(model)
    contents = reading(model.proto.SerializeToString(), tmp_path)
    assert LAYER in contents.floats
    assert LAYER not in contents.quants


def test_the_same_bytes_read_the_same(tmp_path: Path) -> None:
    assert differences(reading(NETWORK, tmp_path), reading(NETWORK, tmp_path)) == {}


def test_the_border_is_the_graphs(tmp_path: Path) -> None:
    (wanted,) = [conv.border for _, conv in GRAPH.of(Conv) if conv.border is not None]
    borders = [reading(write(GRAPH, ODD, info_of(19), spelled), tmp_path).borders for spelled in SPELLINGS]
    for found in borders:
        assert list(found) == [FIRST]
        assert found[FIRST].dtype == wanted.dtype == np.int8
        np.testing.assert_array_equal(found[FIRST], wanted)
