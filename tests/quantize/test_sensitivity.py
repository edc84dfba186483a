"""Which layers int8 hurts: losses are those of whole networks, worst first, and a recipe wins them back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastscnn.console import Console
from fastscnn.graph import reference
from fastscnn.graph.graph import Add, Array, Concat, Conv, Graph, Pool, Resize
from fastscnn.graph.integers import dequantize
from quantize import sensitivity_picture
from quantize.assemble import Weights, assemble
from quantize.sensitivity import Layer, Loss, Sensitivity, measure
from tests.graphs import Builder
from tests.quantized_graphs import Decided, decided, pixels

QUIET = Console(quiet=True)
SIZE = (24, 32)


def network() -> Graph:
    """Convolutions, a residual sum, a pool that is resized and joined, and logits brought to full size."""
    b = Builder()
    first = b.conv("first", "image", 8, 3, stride=2, activation="relu")
    second = b.conv("second", first, 8, 3, padding=1, activation="relu")
    total = b.add("sum", Add(), first, second)
    wide = b.add("wide", Resize(True), b.add("pooled", Pool((2, 2)), total), total)
    joined = b.add("joined", Concat(), total, wide, channels=16)
    scores = b.conv("scores", joined, 5)
    return b.graph(b.add("logits", Resize(True), scores, "image"))


def feeds(count: int = 2) -> list[Array]:
    return [pixels(SIZE, seed=number) for number in range(count)]


def coarse(numbers: Decided, layer: str, levels: int = 3) -> Decided:
    """The same but for one layer, whose weights have so few levels that it is far from its float self."""
    chosen = numbers.weights[layer]
    step = 127 / levels
    rounded = (np.rint(chosen.numbers / step) * step).astype(np.int8)
    return replace(numbers, weights={**numbers.weights, layer: Weights(rounded, chosen.scales)})


@pytest.fixture(scope="module")
def numbers() -> Decided:
    graph = network()
    return decided(graph, feeds(1)[0], pixels_in=True)


def wanted(graph: Graph) -> list[Array]:
    """The float network's logits where the last resize takes them."""
    return [reference.run(graph, feed, ["scores"])["scores"] for feed in feeds()]


def measured(numbers: Decided) -> Sensitivity:
    return measure(numbers, feeds(), wanted(numbers.graph), QUIET)


def loss(numbers: Decided, floats: list[str]) -> tuple[float, float]:
    """The divergence and the changed labels of the whole mixed network, computed from the start."""
    mixed = assemble(numbers.graph, numbers.quants, numbers.weights, floats)
    divergences, changed = [], []
    for feed, expected in zip(feeds(), wanted(numbers.graph), strict=True):
        scores = reference.run(mixed, feed, ["scores"])["scores"]
        quant = mixed["scores"].quant
        found = scores if quant is None else dequantize(scores, quant)
        before, after = (np.exp(x.astype(float)) for x in (expected, found))
        before, after = (x / x.sum(axis=2, keepdims=True) for x in (before, after))
        divergences.append((before * np.log(before / after)).sum(axis=2).mean())
        changed.append((expected.argmax(axis=2) != found.argmax(axis=2)).mean())
    return float(np.mean(divergences)), float(np.mean(changed))


def test_every_loss_is_that_of_the_whole_mixed_network(numbers: Decided) -> None:
    found = measured(numbers)
    names = [node.name for node in numbers.graph]
    assert (found.whole.divergence, found.whole.labels) == pytest.approx(loss(numbers, []))
    assert (found.none.divergence, found.none.labels) == (0.0, 0.0)
    for layer in found.layers:
        others = [name for name in names if name != layer.name]
        assert (layer.alone.divergence, layer.alone.labels) == pytest.approx(loss(numbers, others))
        assert (layer.without.divergence, layer.without.labels) == pytest.approx(loss(numbers, [layer.name]))
    together = [name for name, _ in found.together]
    for count, (_, left) in enumerate(found.together, 1):
        assert (left.divergence, left.labels) == pytest.approx(loss(numbers, together[:count]))


def test_layers_are_those_with_numbers_of_their_own(numbers: Decided) -> None:
    layers = measured(numbers).layers
    assert {layer.name for layer in layers} == {"first", "second", "sum", "scores"}
    assert {layer.name: layer.kind for layer in layers}["sum"] == "add"


@pytest.mark.parametrize("spoilt", ["first", "second", "scores"])
def test_a_spoilt_layer_is_the_worst_and_leaving_it_in_float_is_the_recipe(
    spoilt: str, numbers: Decided
) -> None:
    found = measured(coarse(numbers, spoilt))
    assert found.layers[0].name == spoilt
    assert found.layers[0].without.divergence < found.whole.divergence / 2
    assert found.recommended() == (spoilt,)


def test_layers_that_are_in_float_already_stay_there(numbers: Decided) -> None:
    spoilt = coarse(coarse(numbers, "first"), "scores")
    found = measured(replace(spoilt, floats=("first",)))
    assert "first" not in {layer.name for layer in found.layers}
    assert found.whole.divergence == pytest.approx(loss(spoilt, ["first"])[0])
    assert found.recommended() == ("scores",)


def test_a_layer_in_float_has_the_bias_that_it_has_in_float(numbers: Decided) -> None:
    """Not the one that was corrected for its rounded weights."""
    first = numbers.graph["first"]
    assert isinstance(first.operator, Conv)
    shifted = replace(first, operator=replace(first.operator, bias=first.operator.bias + 50))
    nodes = tuple(shifted if node is first else node for node in numbers.graph)
    corrected = replace(numbers, graph=Graph(nodes, numbers.graph.output))
    found = measure(corrected, feeds(), wanted(numbers.graph), QUIET, plain=numbers.graph)
    assert found.none.divergence == 0.0
    layers = {layer.name: layer for layer in found.layers}
    expected = {layer.name: layer for layer in measured(numbers).layers}
    assert layers["second"].alone == expected["second"].alone
    assert layers["first"].without == expected["first"].without
    assert layers["first"].alone.divergence > expected["first"].alone.divergence


def made(whole: float, *left: float) -> Sensitivity:
    together = tuple((f"layer{number}", Loss(value, 0.0)) for number, value in enumerate(left))
    layer = Layer("layer0", "conv", Loss(whole, 0.1), Loss(whole, 0.1))
    return Sensitivity(Loss(whole, 0.1), Loss(0.0, 0.0), (layer,), together, 1)


def test_the_recipe_is_the_fewest_layers_that_win_back_half() -> None:
    assert made(1.0, 0.9, 0.5, 0.1).recommended() == ("layer0", "layer1")
    assert made(1.0, 0.2).recommended() == ("layer0",)


def test_where_half_is_out_of_reach_the_best_that_was_found_is_the_recipe() -> None:
    assert made(1.0, 0.9, 0.7, 0.8).recommended() == ("layer0", "layer1")
    assert made(1.0, 1.1).recommended() == made(1.0).recommended() == ()


def test_the_document_and_the_picture_say_the_same(numbers: Decided) -> None:
    found = measured(coarse(numbers, "second"))
    document = found.as_json()
    assert document["recommended"] == ["second"]
    assert [layer["name"] for layer in document["layers"]] == [layer.name for layer in found.layers]
    assert document["together_in_float"][0]["with"] == "second"
    drawn = sensitivity_picture.draw(found)
    assert drawn.startswith(b"\x89PNG")
    assert drawn == sensitivity_picture.draw(found), "the same figures are the same bytes"
