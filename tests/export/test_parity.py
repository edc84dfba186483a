"""The gate passes what agrees, refuses what does not, and names the layer that broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.formats.base import Tensor
from export.parity import compare, first_broken_layer, require
from export.torch_reference import Expected
from fastscnn.errors import ParityError
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph
from tests.graphs import fast_scnn, picture

SPREAD = 10.0


def expected(logits: Array, limit: float = 1e-3) -> Expected:
    return Expected("street.jpg", logits.astype(np.float32), SPREAD, limit, lambda: 0.0)


def test_where_pytorch_itself_strays_further_the_limit_is_four_times_that() -> None:
    logits = np.zeros((4, 4, 2), np.float32)
    for strays, passed in ((1e-4, False), (1e-3, True)):
        own = Expected("street.jpg", logits, SPREAD, 1e-5, lambda strays=strays: strays)  # type: ignore[misc]
        found = compare(own, logits + np.float32(1e-3 * SPREAD), labels=False)
        assert (found.passed, found.limit) == (passed, 4 * strays)


def test_pytorch_s_own_straying_is_not_computed_where_nothing_needs_it() -> None:
    def never() -> float:
        raise AssertionError("this is slow")

    logits = np.zeros((4, 4, 2), np.float32)
    assert compare(Expected("street.jpg", logits, SPREAD, 1e-5, never), logits, labels=False).passed


@pytest.fixture
def logits() -> Array:
    return np.random.default_rng(0).uniform(-5, 5, (8, 9, 4)).astype(np.float32)


def test_equal_logits_pass_with_no_difference(logits: Array) -> None:
    found = compare(expected(logits), logits, labels=False)
    assert found.passed
    assert (found.max_difference, found.label_agreement) == (0.0, 1.0)


def test_one_logit_beyond_the_limit_fails_and_one_within_passes(logits: Array) -> None:
    for step, passed in ((0.9, True), (1.1, False)):
        changed = logits.copy()
        changed[3, 4, 2] += np.float32(step * 1e-3 * SPREAD)
        assert compare(expected(logits), changed, labels=False).passed is passed


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_a_number_fails(logits: Array, bad: float) -> None:
    logits_with = logits.copy()
    logits_with[0, 0, 0] = bad
    assert not compare(expected(logits), logits_with, labels=False).passed


def test_another_shape_fails(logits: Array) -> None:
    assert not compare(expected(logits), logits.transpose(1, 0, 2), labels=False).passed
    assert not compare(expected(logits), logits[:4, :, :1].argmax(axis=2)[..., None], labels=True).passed


def test_labels_must_agree_where_pytorch_decided_clearly(logits: Array) -> None:
    labels = logits.argmax(axis=2)[..., None].astype(np.int32)
    assert compare(expected(logits), labels, labels=True).passed
    labels[2, 3, 0] = (labels[2, 3, 0] + 1) % 4
    found = compare(expected(logits), labels, labels=True)
    assert (found.passed, found.wrong_labels) == (False, 1)


def test_labels_may_differ_at_a_tie(logits: Array) -> None:
    labels = logits.argmax(axis=2)[..., None].astype(np.int32)
    tied = logits.copy()
    tied[2, 3] = 0
    assert compare(expected(tied), labels, labels=True).wrong_labels == 0
    labels[2, 3, 0] = 3
    assert compare(expected(tied), labels, labels=True).passed


class Oracle:
    """A runner that computes a Graph in numpy."""

    runtime = "numpy"
    input = Tensor("input", (1, 1, 1, 3), "float32", "NHWC")
    output = Tensor("logits", (1, 1, 1, 3), "float32", "NHWC")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        return reference.run(self.graph, feed, taps)


def broken(graph: Graph, index: int) -> tuple[Graph, str]:
    """The graph with one convolution's weight turned upside down."""
    node, conv = [(node, conv) for node, conv in graph.of(Conv) if conv.kernel == (3, 3)][index]
    turned = replace(node, operator=replace(conv, weight=conv.weight[:, :, ::-1].copy()))
    return Graph(tuple(turned if n is node else n for n in graph), graph.output), node.name


@pytest.mark.parametrize("index", [0, 4, -1])
def test_the_layer_that_broke_is_named(index: int) -> None:
    graph = fast_scnn()
    damaged, name = broken(graph, index)
    feed = picture((64, 96))
    assert first_broken_layer(Oracle(graph), graph, feed) is None
    assert first_broken_layer(Oracle(damaged), graph, feed) == name


def test_a_failed_gate_says_what_where_and_how_far() -> None:
    graph = fast_scnn()
    damaged, name = broken(graph, 0)
    feed = picture((64, 96))
    wanted = reference.run(graph, feed)[graph.output]
    got = reference.run(damaged, feed)[graph.output]
    comparison = compare(
        Expected("street.jpg", wanted, float(np.ptp(wanted)), 1e-5, lambda: 0.0), got, labels=False
    )
    with pytest.raises(ParityError) as caught:
        require(str(Path("a.onnx")), Oracle(damaged), comparison, graph, feed)
    assert caught.value.exit_code == 3
    for part in ("a.onnx", "numpy", "street.jpg", name, "1.00e-05"):
        assert part in caught.value.message
