"""Layer by layer: equal or one step, ties counted, and a layer that broke is named with its figures."""

from __future__ import annotations

import numpy as np
import pytest

from export import layers
from export.layers import Layer
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph
from tests.quantized_graphs import pixels, quantized_fast_scnn

SIZE = (64, 96)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return quantized_fast_scnn(SIZE, classes=5)


@pytest.fixture(scope="module")
def tensors(graph: Graph) -> dict[str, Array]:
    return reference.run(graph, pixels(SIZE), [node.name for node in graph])


def of(found: list[Layer], name: str) -> Layer:
    return next(layer for layer in found if layer.name == name)


def last_convolution(graph: Graph) -> str:
    return list(graph.of(Conv))[-1][0].name


def test_the_oracles_own_tensors_differ_nowhere(graph: Graph, tensors: dict[str, Array]) -> None:
    found = layers.compare(graph, tensors)
    assert [layer.name for layer in found] == [node.name for node in graph.nodes[1:]]
    assert all(layer.passed and layer.differing == 0 for layer in found)


def changed(graph: Graph, tensors: dict[str, Array], steps: int, count: int) -> Layer:
    """The last convolution's figures when so many of its values are so many steps off."""
    name = last_convolution(graph)
    off = tensors[name].astype(np.int32)
    places = off.ravel()[:count]
    places += np.where(places > 0, -steps, steps)
    return of(layers.compare(graph, {**tensors, name: off.astype(np.int8)}), name)


def test_a_tie_rounded_otherwise_passes(graph: Graph, tensors: dict[str, Array]) -> None:
    layer = changed(graph, tensors, steps=1, count=layers.FEW)
    assert layer.passed
    assert (layer.differing, layer.greatest) == (layers.FEW, 1)


def test_two_steps_never_pass(graph: Graph, tensors: dict[str, Array]) -> None:
    layer = changed(graph, tensors, steps=2, count=1)
    assert not layer.passed
    assert "2 steps" in layer.said()


def test_one_step_at_many_values_of_a_convolution_does_not_pass(
    graph: Graph, tensors: dict[str, Array]
) -> None:
    assert not changed(graph, tensors, steps=1, count=50).passed


def test_each_layer_is_judged_on_the_inputs_that_it_had(graph: Graph, tensors: dict[str, Array]) -> None:
    """An error is found where it arises; the layers after it, right for what they were given, pass."""
    name = next(node.name for node in graph.nodes[2:] if graph.consumers(node.name))
    broken = dict(tensors)
    broken[name] = (broken[name] // 2).astype(np.int8)
    for node in graph.nodes[graph.nodes.index(graph[name]) + 1 :]:
        broken[node.name] = reference.step(graph, node.name, [broken[source] for source in node.inputs])
    failed = [layer.name for layer in layers.compare(graph, broken) if not layer.passed]
    assert failed == [name]


def test_a_float_tensor_in_an_integers_place_does_not_pass(graph: Graph, tensors: dict[str, Array]) -> None:
    name = last_convolution(graph)
    floats = {**tensors, name: tensors[name].astype(np.float32)}
    assert not of(layers.compare(graph, floats), name).passed


def test_unsigned_spellings_are_the_same_numbers() -> None:
    numbers = np.arange(-128, 128).astype(np.int8)
    assert (layers.as_int8((numbers.astype(np.int16) + 128).astype(np.uint8)) == numbers).all()
    assert layers.as_int8(numbers) is numbers
