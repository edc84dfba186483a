"""A float graph and decided numbers become a quantized graph; float meets int8 where a node says so, once."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from fastscnn.graph import integers, reference, validity
from fastscnn.graph.graph import (
    Add,
    Affine,
    Argmax,
    Concat,
    Conv,
    Dequantize,
    Graph,
    Pool,
    Quant,
    Quantize,
    Resize,
)
from fastscnn.info import Preprocessing
from quantize import pixels as pixel_input
from quantize.assemble import Weights, assemble
from tests.graphs import Builder, fast_scnn, single, with_labels
from tests.quantized_graphs import pixels, quantized

SIZE = (36, 44)


def network() -> Graph:
    """Every way in which nodes meet: a tensor read three times, a sum, a pyramid, the input's size."""
    b = Builder(seed=1)
    x = b.conv("first", "image", 4, 3, stride=2, padding=1, activation="relu")
    y = b.conv("second", x, 4, 3, padding=1)
    x = b.add("sum", Add("relu"), x, y)
    z = b.conv("branch", b.add("pool", Pool((2, 2)), x), 4)
    z = b.add("widened", Resize(True), z, x)
    x = b.conv("last", b.add("concat", Concat(), x, z, channels=8), 3)
    return pixel_input.apply(b.graph(b.add("logits", Resize(True), x, "image")), Preprocessing())


NAMES = [node.name for node in network().nodes[1:]]


def assembled(floats: Collection[str] = ()) -> Graph:
    return quantized(network(), pixels(SIZE), floats, pixels_in=True)


def borders(graph: Graph) -> list[tuple[str, str]]:
    """The nodes between float and int8, and what they take."""
    return [
        (node.name, node.inputs[0]) for node in graph if isinstance(node.operator, (Quantize, Dequantize))
    ]


def test_without_exceptions_every_tensor_is_int8_and_nothing_stands_between() -> None:
    graph = assembled()
    assert [node.name for node in graph] == [node.name for node in network()]
    assert all(node.quant is not None for node in graph)


@pytest.mark.parametrize(
    ("floats", "expected"),
    [
        (["first"], [("image.float", "image"), ("first.int8", "first")]),
        (["logits"], [("last.float", "last")]),
        (["last", "logits"], [("concat.float", "concat")]),
        (["last"], [("concat.float", "concat"), ("last.int8", "last")]),
        (["widened"], [("branch.float", "branch"), ("widened.int8", "widened")]),
        (["sum"], [("first.float", "first"), ("second.float", "second"), ("sum.int8", "sum")]),
        (["concat"], [("sum.float", "sum"), ("widened.float", "widened"), ("concat.int8", "concat")]),
        (
            ["second", "pool"],
            [
                ("first.float", "first"),
                ("second.int8", "second"),
                ("sum.float", "sum"),
                ("pool.int8", "pool"),
            ],
        ),
    ],
    ids=str,
)
def test_float_meets_int8_at_these_places(floats: list[str], expected: list[tuple[str, str]]) -> None:
    graph = assembled(floats)
    assert borders(graph) == expected
    assert [node.name for node in graph if graph.computes_in_float(node)] == floats


@pytest.mark.parametrize("name", NAMES)
def test_any_layer_may_stay_in_float_and_then_computes_what_it_did(name: str) -> None:
    graph = assembled([name])
    validity.check(graph)
    crossings = [source for _, source in borders(graph)]
    assert len(crossings) == len(set(crossings))
    tensors = reference.run(graph, pixels(SIZE), [node.name for node in graph])
    assert tensors[name].dtype == np.float32
    taken = [
        integers.dequantize(tensors[source], quant)
        for source in network()[name].inputs
        if (quant := graph[source].quant) is not None
    ]
    np.testing.assert_array_equal(reference.step(network(), name, taken), tensors[name])


@pytest.mark.parametrize("floats", [[], ["first"], ["last", "logits"]], ids=str)
def test_the_quantized_graph_is_near_the_float_one(floats: list[str]) -> None:
    graph = assembled(floats)
    result = reference.run(graph, pixels(SIZE))["logits"]
    quant = graph["logits"].quant
    values = integers.dequantize(result, quant) if quant is not None else result
    expected = reference.run(network(), pixels(SIZE).astype(np.float32))["logits"]
    assert np.abs(values - expected).mean() <= 0.02 * np.ptp(expected)


def test_a_convolution_has_the_integers_that_were_decided() -> None:
    graph, floats = assembled(), network()
    for node, conv in graph.of(Conv):
        before = floats[node.name].operator
        source = graph[node.inputs[0]].quant
        assert isinstance(before, Conv)
        assert conv.scales is not None
        assert source is not None
        assert (conv.stride, conv.padding, conv.activation) == (
            before.stride,
            before.padding,
            before.activation,
        )
        assert conv.bias.dtype == np.int32
        error = conv.bias * (conv.scales.astype(float) * source.scale) - before.bias
        assert (np.abs(error) <= conv.scales * source.scale * 0.500001).all()


def test_a_border_is_the_mean_pixel_in_the_inputs_own_numbers() -> None:
    """In int8 128 less; in float the pixel itself."""
    for floats, kind in (((), np.int8), (("first",), np.float32)):
        conv = assembled(floats)["first"].operator
        assert isinstance(conv, Conv)
        assert conv.border is not None
        assert conv.border.dtype == kind
        assert (conv.border.astype(int) + (128 if kind == np.int8 else 0)).tolist() == [124, 116, 104]


def test_labels_are_taken_from_the_integers() -> None:
    graph = quantized(with_labels(network()), pixels(SIZE), pixels_in=True)
    assert graph["labels"].inputs == ("logits",)
    assert isinstance(graph["labels"].operator, Argmax)
    assert graph["labels"].quant is None


def test_a_map_that_only_gives_its_size_is_not_dequantized() -> None:
    graph = assembled(["logits"])
    assert graph["logits"].inputs == ("last.float", "image")


def test_unshared_quantizations_are_refused() -> None:
    graph = single(Pool((2, 2)), 3)
    quants = {"image": Quant(1.0, 0), "logits": Quant(0.5, 0)}
    with pytest.raises(ValueError, match="logits and what it takes do not share"):
        assemble(graph, quants, {})


def test_an_operator_without_integer_arithmetic_is_refused_by_name() -> None:
    graph = single(Affine(np.ones(3, np.float32), np.zeros(3, np.float32)), 3)
    quants = dict.fromkeys(("image", "logits"), Quant(1.0, 0))
    with pytest.raises(ValueError, match=r"logits \(Affine\) has no integer arithmetic"):
        assemble(graph, quants, {})


def test_a_bias_that_does_not_fit_is_refused() -> None:
    b = Builder()
    graph = b.graph(b.conv("logits", "image", 2))
    quants = dict.fromkeys(("image", "logits"), Quant(1.0, 0))
    tiny = Weights(np.ones((2, 3, 1, 1), np.int8), np.full(2, 1e-20, np.float32))
    with pytest.raises(ValueError, match="bias does not fit"):
        assemble(graph, quants, {"logits": tiny})


def test_a_whole_network_with_float_islands_is_valid() -> None:
    graph = pixel_input.apply(fast_scnn(classes=5, first_padding=1), Preprocessing())
    islands = ["downsample.conv", "pyramid.pool3", "pyramid.concat", "fusion.add", "classifier.conv"]
    built = quantized(graph, pixels((64, 96)), islands, pixels_in=True)
    validity.check(built)
    assert [node.name for node in built if built.computes_in_float(node)] == islands
