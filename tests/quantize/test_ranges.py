"""A tensor's range is chosen by what its rounding does to the result."""

from __future__ import annotations

import numpy as np
import torch

from fastscnn.console import Console
from fastscnn.graph.graph import Add, Conv, Graph
from quantize.observers import RangeObserver
from quantize.ranges import Choice, best, choices
from quantize.sharing import groups
from quantize.torch_graph import batched
from tests.graphs import Builder, fast_scnn, picture

QUIET = Console(quiet=True)
WIDE = Choice("minmax", (0.0, 400.0))
CLOSE = Choice("percentile", (0.0, 4.0))


def network(weight_of_the_great: float) -> Graph:
    """A tensor of small values in all channels but one, whose values are great: do they matter?"""
    b = Builder(input_name="input", seed=0)
    x = b.conv("hidden", "input", 4, activation="relu")
    graph = b.graph(b.conv("logits", x, 3))
    hidden, logits = graph["hidden"].operator, graph["logits"].operator
    assert isinstance(hidden, Conv)
    assert isinstance(logits, Conv)
    hidden.weight[3] *= 100
    logits.weight[:, 3] *= weight_of_the_great
    return graph


def chosen(graph: Graph, options: dict[str, list[Choice]]) -> dict[str, Choice]:
    feeds = [batched([picture((32, 40), seed=seed)]) for seed in range(2)]
    return best(graph, options, groups(graph), feeds, QUIET)


def test_great_values_are_clipped_where_nothing_reads_them() -> None:
    options = {"hidden": [WIDE, CLOSE]}
    assert chosen(network(0.0), options) == {"hidden": CLOSE}
    assert chosen(network(0.05), options) == {"hidden": WIDE}


def test_a_single_option_is_taken() -> None:
    assert chosen(network(1.0), {"hidden": [CLOSE], "logits": [WIDE]}) == {"hidden": CLOSE, "logits": WIDE}


def test_tensors_that_share_a_range_are_rounded_together() -> None:
    graph = fast_scnn(classes=4)
    shared = groups(graph)
    root = shared["pyramid.concat"]
    good, bad = Choice("minmax", (-8.0, 8.0)), Choice("histogram", (-0.1, 0.1))
    assert chosen(graph, {root: [bad, good]}) == {root: good}


def test_a_sums_two_sides_may_differ() -> None:
    b = Builder(input_name="input", seed=3)
    left, right = b.conv("left", "input", 4), b.conv("right", "input", 4)
    graph = b.graph(b.add("logits", Add(), left, right))
    good, bad = Choice("minmax", (-8.0, 8.0)), Choice("histogram", (-0.1, 0.1))
    assert chosen(graph, {"left": [good, bad], "right": [bad, good]}) == {"left": good, "right": good}


def test_ranges_that_are_alike_are_tried_once() -> None:
    observer = RangeObserver()
    observer(torch.from_numpy(np.linspace(-1, 1, 4001, dtype=np.float32)))
    assert [choice.method for choice in choices(observer)] == ["minmax"]
    values = np.concatenate([np.linspace(-1, 1, 400_000), [50.0]]).astype(np.float32)
    observer(torch.from_numpy(values))
    assert [choice.method for choice in choices(observer)][:2] == ["minmax", "percentile"]
