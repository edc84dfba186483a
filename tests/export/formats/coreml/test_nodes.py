"""What is not computed between a node's own dequantizes and quantize, with one scale, is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.base import Contents
from export.formats.coreml.metadata import NODES
from export.formats.coreml.read import read
from export.passes import float_output
from fastscnn.graph.graph import Add, Graph, Quant, Resize
from fastscnn.info import Preprocessing
from quantize import pixels as pixels_pass
from tests.export.formats.coreml.packages import constant_of, edit_model, exported, operations
from tests.graphs import Builder
from tests.quantized_graphs import pixels, quantized

SIZE = (40, 48)


def network() -> Graph:
    """first -> second -> sum of both -> logits at the input's size; the first convolution has a border."""
    b = Builder(input_name="input", seed=4)
    first = b.conv("first", "input", 6, 3, padding=1, stride=2, activation="relu")
    second = b.conv("second", first, 6, 3, padding=1, groups=6)
    b.add("sum", Add(), first, second)
    b.conv("small", "sum", 5)
    b.add("logits", Resize(False), "small", "input")
    graph = pixels_pass.apply(b.graph("logits"), Preprocessing())
    return float_output.apply(quantized(graph, pixels(SIZE), pixels_in=True))


GRAPH = network()
QUANTS = {node.name: node.quant for node in GRAPH if node.quant is not None}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return exported(GRAPH, SIZE, tmp_path)


def after(package: Path, edit: Callable[[Any], None]) -> Contents:
    edit_model(package, edit)
    return read(package)


def index_of(model: Any, kind: str, name: str) -> int:
    return [operation.outputs[0].name for operation in operations(model, kind)].index(name)


def stated(model: Any, kind: str, name: str, key: str) -> Any:
    """The stored scale or zero point of one operation."""
    return constant_of(model, kind, key, index_of(model, kind, name)).immediateValue.tensor


def raise_scale(model: Any, kind: str, name: str) -> None:
    values = stated(model, kind, name, "scale").floats.values
    values[0] = float(np.nextafter(np.float32(values[0]), np.float32(np.inf)))


def raise_zero_point(model: Any, kind: str, name: str) -> None:
    stored = stated(model, kind, name, "zero_point").bytes
    stored.values = (np.frombuffer(stored.values, np.int8) + np.int8(1)).tobytes()


def test_every_int8_tensor_is_found_by_its_nodes_name(package: Path) -> None:
    contents = read(package)
    assert contents.quants == QUANTS
    assert contents.floats == frozenset()


CROSSINGS = {
    "image": ("image_int8", "first_source"),
    "first": ("first", "second_source"),
    "second": ("second", "sum_source_2"),
    "sum": ("sum", "small_source"),
    "logits.int8": ("logits_int8", "logits"),
}
"""Of a node: its quantize, and a dequantize that reads it."""


@pytest.mark.parametrize("change", [raise_scale, raise_zero_point], ids=lambda change: change.__name__)
@pytest.mark.parametrize("side", [0, 1], ids=["quantize", "dequantize"])
@pytest.mark.parametrize("node", CROSSINGS)
def test_one_side_changed_leaves_no_quantization(
    node: str, side: int, change: Callable[..., None], package: Path
) -> None:
    """By one unit in the scale's last place, or one in the zero point."""
    kind, name = ("quantize", "dequantize")[side], CROSSINGS[node][side]
    contents = after(package, lambda model: change(model, kind, name))
    assert contents.quants == {key: quant for key, quant in QUANTS.items() if key != node}


def test_all_sides_changed_are_another_quantization(package: Path) -> None:
    def edit(model: Any) -> None:
        raise_zero_point(model, "quantize", "second")
        raise_zero_point(model, "dequantize", "sum_source_2")

    was = QUANTS["second"]
    assert after(package, edit).quants == {**QUANTS, "second": Quant(was.scale, was.zero_point + 1)}


@pytest.mark.parametrize(
    ("kind", "name"), [("quantize", "first_bordered_int8"), ("dequantize", "first_bordered")]
)
def test_a_border_has_the_quantization_of_its_map(kind: str, name: str, package: Path) -> None:
    contents = after(package, lambda model: raise_zero_point(model, kind, name))
    assert contents.quants == {key: quant for key, quant in QUANTS.items() if key != "image"}


def relist(model: Any, old: str, new: str) -> None:
    """Another list of tensors in the metadata."""
    stored = model.description.metadata.userDefined
    assert old in stored[NODES]
    stored[NODES] = stored[NODES].replace(old, new)


def slip_in(model: Any, *, listed: bool) -> None:
    """A float operation between two operations of ours; `listed`: the metadata knows it as a part."""
    main = model.mlProgram.functions["main"]
    block = main.block_specializations[main.opset]
    place = [op.outputs[0].name for op in block.operations].index("sum_unrounded")
    added = type(block.operations[0])()
    added.CopyFrom(operations(model, "relu")[0])
    added.outputs[0].CopyFrom(block.operations[place].outputs[0])
    added.outputs[0].name = "slipped"
    added.inputs["x"].arguments[0].name = "sum_unrounded"
    rest = list(block.operations[place + 1 :])
    del block.operations[place + 1 :]
    block.operations.extend([added, *rest])
    operations(model, "quantize")[index_of(model, "quantize", "sum")].inputs["input"].arguments[
        0
    ].name = "slipped"
    if listed:
        relist(model, '"sum_unrounded"', '"slipped"')


def test_an_operation_slipped_in_is_in_float_and_so_is_what_reads_it(package: Path) -> None:
    assert after(package, lambda model: slip_in(model, listed=False)).floats == {"slipped", "sum"}


def test_an_operation_that_pushes_another_out_of_its_node_is_seen(package: Path) -> None:
    assert after(package, lambda model: slip_in(model, listed=True)).floats == {"sum_unrounded", "sum"}


def test_a_node_that_reads_what_was_not_yet_rounded_is_in_float(package: Path) -> None:
    def edit(model: Any) -> None:
        operations(model, "conv")[1].inputs["x"].arguments[0].name = "first_relu"

    assert after(package, edit).floats == {"second"}


def test_a_result_that_is_never_rounded_is_in_float(package: Path) -> None:
    """The metadata calls the sum before its quantize the node's tensor."""

    def edit(model: Any) -> None:
        relist(model, '"sum_unrounded","sum"', '"sum","sum_unrounded"')

    assert after(package, edit).floats == {"sum"}


def test_a_scale_for_each_channel_is_not_ours(package: Path) -> None:
    def edit(model: Any) -> None:
        quantize = operations(model, "quantize")[index_of(model, "quantize", "second")]
        quantize.inputs["axis"].CopyFrom(operations(model, "concat")[0].inputs["axis"])

    assert "second" not in after(package, edit).quants


def test_the_pictures_way_in_is_no_place_for_arithmetic(package: Path) -> None:
    def edit(model: Any) -> None:
        relist(model, '"first_unrounded","first_relu"', '"first_unrounded"')
        relist(model, '"image_int8"', '"first_relu","image_int8"')

    assert "image" in after(package, edit).floats
