"""A graph whose arithmetic would mean nothing is refused when its file is read, and told why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastscnn.errors import GraphFileError
from fastscnn.graph import file, validity
from fastscnn.graph.graph import (
    Affine,
    Argmax,
    Array,
    Concat,
    Conv,
    Dequantize,
    Graph,
    Input,
    Node,
    Operator,
    Pad,
    Padding,
    Pool,
    Quant,
    Quantize,
    Resize,
)
from quantize import pixels as pixel_input
from tests.graphs import Builder, fast_scnn, halved, info_of, single, with_labels
from tests.operator_graphs import operator_graphs
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn, quantized_operator_graphs

INFO = info_of(3)
OTHER = Quant(0.5, 3)


def network() -> Graph:
    """Two convolutions with a border, a sum, a pool, a resize, a concat; `last` computes in float."""
    b = Builder(seed=1)
    x = b.conv("first", "image", 4, 3, padding=1, activation="relu")
    y = b.conv("second", x, 4)
    b.add("pool", Pool((2, 2)), b.add("sum", operator_graphs()["add relu"]["logits"].operator, x, y))
    b.add("resize", Resize(True), "pool", "sum")
    b.add("concat", Concat(), "sum", "resize", channels=8)
    graph = b.graph(b.conv("last", "concat", 3))
    return quantized(
        pixel_input.apply(graph, INFO.preprocessing), pixels((18, 22)), ("last",), pixels_in=True
    )


def changed(name: str, **parts: object) -> Callable[[Graph], Graph]:
    """A graph with parts of one node's operator replaced."""

    def change(graph: Graph) -> Graph:
        nodes = [
            replace(node, operator=replace(node.operator, **parts)) if node.name == name else node  # type: ignore[arg-type]
            for node in graph
        ]
        return Graph(tuple(nodes), graph.output)

    return change


def with_node(name: str, **parts: Any) -> Callable[[Graph], Graph]:
    """A graph with one node's own parts replaced."""
    return lambda graph: Graph(
        tuple(replace(node, **parts) if node.name == name else node for node in graph), graph.output
    )


def followed_by(operator: Operator, *inputs: str, quant: Quant | None = None) -> Callable[[Graph], Graph]:
    return lambda graph: Graph((*graph.nodes, Node("more", operator, inputs, quant)), graph.output)


def array(name: str, part: str, edit: Callable[[Array], Array]) -> Callable[[Graph], Graph]:
    """A graph with one array of a node's operator edited."""
    return lambda graph: changed(name, **{part: edit(getattr(graph[name].operator, part).copy())})(graph)


def at_first(value: float) -> Callable[[Array], Array]:
    def put(numbers: Array) -> Array:
        numbers.flat[0] = value
        return numbers

    return put


WRONG: dict[str, tuple[Callable[[Graph], Graph], str]] = {
    "16-bit weights": (
        array("first", "weight", lambda w: w.astype(np.int16)),
        "'first' has weights of int16, not of float32 or float16 or int8",
    ),
    "float weights in an int8 layer": (
        array("first", "weight", lambda w: w.astype(np.float32)),
        "'first' has weights of float32, not of int8",
    ),
    "a weight of -128": (array("second", "weight", at_first(-128)), "'second' has a weight of -128"),
    "weights of three dimensions": (
        array("second", "weight", lambda w: w[..., 0]),
        "'second' has weights of shape .* not of 4 dimensions",
    ),
    "a float bias": (
        array("first", "bias", lambda b: b.astype(np.float32)),
        "'first' has biases of float32, not of int32",
    ),
    "an int32 bias in a float layer": (
        array("last", "bias", lambda b: b.astype(np.int32)),
        "'last' has biases of int32, not of float32 or float16",
    ),
    "too few biases": (array("first", "bias", lambda b: b[:-1]), r"'first' has biases of shape \(3,\)"),
    "a bias beyond what comes back from float32": (
        array("first", "bias", at_first(2**23 + 1)),
        "'first' has a bias of magnitude 8388609, above 8388608",
    ),
    "no scales": (changed("first", scales=None), "'first' has .* int8 weights without scales"),
    "too few scales": (
        array("first", "scales", lambda s: s[:-1]),
        r"'first' has weight scales of shape \(3,\)",
    ),
    "double scales": (
        array("first", "scales", lambda s: s.astype(np.float64)),
        "'first' has weight scales of float64",
    ),
    "a scale that is not finite": (
        array("first", "scales", at_first(np.nan)),
        "'first' has weight scales that are not finite",
    ),
    "a scale of zero": (
        array("first", "scales", at_first(0)),
        "'first' has a weight scale that is not above",
    ),
    "a negative scale": (
        array("first", "scales", at_first(-1)),
        "'first' has a weight scale that is not above",
    ),
    "scales whose product vanishes": (
        array("second", "scales", at_first(1e-42)),
        "'second' has scales whose product float32 does not hold",
    ),
    "scales for float weights": (
        changed("last", scales=np.ones(3, np.float32)),
        "'last' has scales for weights that are float",
    ),
    "a float border in an int8 layer": (
        array("first", "border", lambda b: b.astype(np.float32)),
        "'first' has border values of float32, not of int8",
    ),
    "too short a border": (
        array("first", "border", lambda b: b[:2]),
        r"'first' has border values of shape \(2,\)",
    ),
    "weights for other channels": (
        array("second", "weight", lambda w: w[:, :3]),
        "'second' has weights for 1 x 3 channels in and 4 out, and takes 4",
    ),
    "a weight that is not finite": (
        array("last", "weight", at_first(np.inf)),
        "'last' has weights that are not finite",
    ),
    "a stride of zero": (changed("first", stride=(0, 1)), "'first' has stride 0"),
    "a stride in text": (changed("first", stride=("1", "1")), "'first' has stride '1'"),
    "half a dilation": (changed("first", dilation=(1, 1.5)), r"'first' has dilation 1\.5"),
    "no groups": (changed("first", groups=0), "'first' has groups 0"),
    "a padding below zero": (changed("first", padding=Padding(-1)), "'first' has padding -1"),
    "an unknown padding": (changed("first", padding="valid"), "'first' has padding 'valid'"),
    "an unknown activation": (changed("first", activation="gelu"), "'first' has activation 'gelu'"),
    "an unknown pooling": (changed("pool", kind="median"), "'pool' has pooling 'median'"),
    "no bins": (changed("pool", bins=(0, 2)), "'pool' has bins 0"),
    "a rule of resizing that is neither": (
        changed("resize", align_corners=1),
        "'resize' has align_corners 1",
    ),
    "a factor and a map to follow": (changed("resize", factor=2), "'resize' takes 2 tensors"),
    "a sum of one": (with_node("sum", inputs=("first",)), "'sum' takes 1 tensors"),
    "a concat of none": (with_node("concat", inputs=()), "'concat' takes 0 tensors"),
    "a sum of different channels": (
        followed_by(operator_graphs()["add none"]["logits"].operator, "sum", "concat", quant=OTHER),
        "'more' adds 4 channels to 8",
    ),
    "a pool of another scale": (
        with_node("pool", quant=OTHER),
        "'pool' does not have the scale and zero point of 'sum', which it takes",
    ),
    "an int8 layer without a scale and zero point": (
        with_node("second", quant=None),
        "'second' takes float numbers, and 'first' gives int8 ones",
    ),
    "a float layer with a scale and zero point": (
        with_node("last", quant=OTHER),
        "'last' takes int8 numbers, and 'concat.float' gives float ones",
    ),
    "a quantize without a scale and zero point": (
        followed_by(Quantize(), "last"),
        "'more' quantizes to no scale and zero point",
    ),
    "a quantize of int8": (
        followed_by(Quantize(), "sum", quant=OTHER),
        "'more' takes float numbers, and 'sum'",
    ),
    "a dequantize of float": (followed_by(Dequantize(), "last"), "'more' takes int8 numbers, and 'last'"),
    "a dequantize to int8": (
        followed_by(Dequantize(), "sum", quant=OTHER),
        "'more' is said to give int8 numbers, which its operator does not",
    ),
    "int8 labels": (
        followed_by(Argmax(), "sum", quant=OTHER),
        "'more' is said to give int8 numbers, which its operator does not",
    ),
    "an affine of too few numbers": (
        followed_by(Affine(np.ones(2, np.float32), np.ones(3, np.float32)), "last"),
        r"'more' has scales of shape \(2,\)",
    ),
    "arithmetic on labels": (
        lambda graph: Graph(
            (*graph.nodes, Node("labels", Argmax(), ("sum",)), Node("more", Pad(Padding()), ("labels",))),
            graph.output,
        ),
        "'more' computes with labels, which 'labels' gives",
    ),
    "a second input": (followed_by(Input(3)), "'more' is a second input"),
    "an input without channels": (changed("image", channels=0), "'image' has channels 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_computed_is_refused(name: str, tmp_path: Path) -> None:
    """Its digest is right: the file was made so."""
    change, sentence = WRONG[name]
    (tmp_path / "wrong").write_bytes(file.dump(change(network()), INFO))
    with pytest.raises(GraphFileError, match=f"wrong holds a damaged graph: {sentence}") as raised:
        file.load(tmp_path / "wrong")
    assert raised.value.remedy


def test_sums_that_int32_does_not_hold_are_refused() -> None:
    wide = Conv(
        np.full((1, 2**31 // (255 * 127) + 1, 1, 1), 127, np.int8),
        np.zeros(1, np.int32),
        scales=np.ones(1, np.float32),
    )
    graph = Graph(
        (Node("image", Input(wide.weight.shape[1]), (), OTHER), Node("y", wide, ("image",), OTHER)), "y"
    )
    with pytest.raises(ValueError, match="'y' can have sums that 32 bits do not hold"):
        validity.check(graph)


def valid_graphs() -> dict[str, Graph]:
    half = halved(fast_scnn())
    return {
        **{f"float {name}": graph for name, graph in operator_graphs().items()},
        **{f"int8 {name}": graph for name, graph in quantized_operator_graphs((18, 23)).items()},
        "float network": fast_scnn(affine=True),
        "half network": half,
        "int8 network": quantized_fast_scnn(),
        "int8 labels": with_labels(quantized_fast_scnn()),
        "mixed network": network(),
        "a single pad": single(Pad(Padding.all(1)), 3),
        "stored in int8": single(
            Conv(np.ones((2, 3, 1, 1), np.int8), np.zeros(2, np.float32), scales=np.ones(2, np.float32)), 3
        ),
    }


@pytest.mark.parametrize("name", valid := valid_graphs())
def test_what_can_be_computed_is_accepted(name: str) -> None:
    validity.check(valid[name])
