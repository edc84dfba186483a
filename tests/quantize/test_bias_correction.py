"""After correction every convolution has, in int8, the mean that it has in float."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fastscnn.console import Console
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph
from fastscnn.graph.integers import dequantize
from quantize import torch_ao
from quantize.bias_correction import corrected
from quantize.observers import RangeObserver, range_of
from quantize.torch_ao import Prepared
from quantize.torch_graph import batched
from tests.graphs import Builder, picture

SIZE = (40, 48)
FEEDS = [picture(SIZE, seed=seed) for seed in range(4)]
QUIET = Console(quiet=True)


def chain() -> Graph:
    """The last weights are far from their grid: one of a row is many times the others."""
    b = Builder(input_name="input", seed=1)
    x = b.conv("first", "input", 6, 3, padding=1, activation="relu")
    x = b.conv("depthwise", x, 6, 3, padding=1, groups=6, activation="relu")
    graph = b.graph(b.conv("logits", x, 4))
    last = graph["logits"].operator
    assert isinstance(last, Conv)
    last.weight[:, 0, 0, 0] = [20, -20, 25, 30]
    return graph


def calibrated(graph: Graph, floats: tuple[str, ...] = ()) -> Prepared:
    prepared = torch_ao.prepare(graph, lambda name: RangeObserver(), pixels=False, floats=floats)
    with torch.inference_mode():
        for feed in FEEDS:
            prepared.module(batched([feed]))
    for observer in prepared.observers().values():
        assert isinstance(observer, RangeObserver)
        observer.range = range_of(observer, "minmax")
    return prepared


def means(graph: Graph, name: str) -> Array:
    """Of each channel, over all pictures."""
    maps = [reference.run(graph, feed, [name])[name] for feed in FEEDS]
    quant = graph[name].quant
    values = [dequantize(x, quant) if quant is not None else x for x in maps]
    mean: Array = np.mean(values, axis=(0, 1, 2))
    return mean


def biases(prepared: Prepared) -> dict[str, Array]:
    decided = torch_ao.convert(prepared)
    feeds = [batched([feed]) for feed in FEEDS]
    return corrected(decided.graph, decided.quants, decided.weights, feeds, QUIET)


def test_the_means_are_those_of_the_float_network() -> None:
    graph = chain()
    prepared = calibrated(graph)
    before = torch_ao.convert(prepared).assembled()
    prepared.set_biases(biases(prepared))
    after = torch_ao.convert(prepared).assembled()
    wanted = means(graph, "logits")
    assert (
        np.abs(means(after, "logits") - wanted).max() < 0.1 * np.abs(means(before, "logits") - wanted).max()
    )


def test_nothing_is_corrected_where_nothing_was_rounded() -> None:
    graph = chain()
    found = biases(calibrated(graph, ("input", "first", "depthwise")))
    assert set(found) == {"logits"}


def test_the_order_of_work_does_not_matter() -> None:
    prepared = calibrated(chain())
    first, second = biases(prepared), biases(prepared)
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("activation", ["none", "relu", "relu6"])
def test_the_mean_is_that_before_the_activation(activation: str) -> None:
    b = Builder(input_name="input", seed=2)
    graph = b.graph(b.conv("logits", "input", 5, 3, activation=activation))  # type: ignore[arg-type]
    plain = Builder(input_name="input", seed=2)
    linear = plain.graph(plain.conv("logits", "input", 5, 3))
    graph["logits"].operator.weight[:] = linear["logits"].operator.weight  # type: ignore[attr-defined]
    kept, expected = biases(calibrated(graph)), biases(calibrated(linear))
    np.testing.assert_array_equal(kept["logits"], expected["logits"])
