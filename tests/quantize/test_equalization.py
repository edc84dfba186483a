"""Equalization leaves the network as it is and brings the ranges of channels together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastscnn.graph import reference
from fastscnn.graph.graph import Add, Array, Concat, Conv, Graph, Pool, Resize
from quantize.equalization import GREATEST, equalized
from tests.graphs import Builder, fast_scnn, picture

SIZE = (64, 96)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"first_padding": "same", "relu_between": False, "align_corners": False},
    {"first_padding": 1, "bottleneck_activation": "relu6", "pool": "max", "source_first": False},
]


def magnitudes(graph: Graph, feed: Array) -> dict[str, Array]:
    tensors = reference.run(graph, feed, [node.name for node in graph])
    return {name: np.abs(tensor).max(axis=(0, 1)) for name, tensor in tensors.items()}


def uneven(graph: Graph) -> Graph:
    """Its convolutions' channels have very different ranges."""
    random = np.random.default_rng(0)
    for _, conv in graph.of(Conv):
        factors = np.exp2(random.uniform(-4, 2, conv.out_channels)).astype(np.float32)
        conv.weight[:] *= factors[:, None, None, None]
        conv.bias[:] *= factors
    return graph


@pytest.mark.parametrize("options", OPTIONS, ids=["published", "same", "relu6"])
def test_the_network_stays_the_same(options: dict[str, Any]) -> None:
    graph = uneven(fast_scnn(classes=5, **options))
    changed = equalized(graph, magnitudes(graph, picture(SIZE)))
    moved = [
        name
        for name, conv in graph.of(Conv)
        if not np.array_equal(conv.weight, changed[name.name].operator.weight)  # type: ignore[attr-defined]
    ]
    assert len(moved) > 10
    for seed in (0, 1):
        feed = picture(SIZE, seed=seed)
        before, after = (reference.run(g, feed)[graph.output] for g in (graph, changed))
        assert np.abs(before - after).max() < 1e-4 * np.ptp(before)


def spread(values: Array) -> float:
    """How many times the least is in the greatest."""
    return float(values.max() / values.min())


def pair(groups: int, activation: str = "relu") -> Graph:
    """A convolution with uneven channels, and one that reads it."""
    b = Builder(seed=1)
    x = b.conv("made", "image", 8, activation=activation)  # type: ignore[arg-type]
    x = b.conv("read", x, 8, 3, padding=1, groups=groups)
    return uneven(b.graph(b.conv("logits", x, 3)))


def test_channels_that_a_depthwise_convolution_reads_become_equal() -> None:
    graph, feed = pair(groups=8), picture(SIZE)
    before = magnitudes(graph, feed)
    after = magnitudes(equalized(graph, before), feed)
    assert spread(before["made"]) > 8
    assert spread(after["made"]) < 1.001
    assert after["made"].max() == pytest.approx(before["made"].max())


def test_channels_that_are_summed_meet_half_way() -> None:
    graph, feed = pair(groups=1), picture(SIZE)
    before = magnitudes(graph, feed)
    after = magnitudes(equalized(graph, before), feed)
    assert spread(after["made"]) == pytest.approx(np.sqrt(spread(before["made"])), rel=1e-3)


def test_what_is_clipped_at_6_keeps_its_channels() -> None:
    graph = pair(groups=8, activation="relu6")
    before = magnitudes(graph, picture(SIZE))
    after = magnitudes(equalized(graph, before), picture(SIZE))
    np.testing.assert_allclose(after["made"], before["made"], rtol=1e-6)


def test_a_dead_channel_and_one_that_hardly_speaks_are_not_blown_up() -> None:
    graph, feed = pair(groups=8), picture(SIZE)
    conv = graph["made"].operator
    assert isinstance(conv, Conv)
    conv.weight[:2], conv.bias[:2] = 0, [0, 1e-20]
    before = magnitudes(graph, feed)
    changed = equalized(graph, before)
    after = changed["made"].operator
    assert isinstance(after, Conv)
    np.testing.assert_allclose(after.bias[:2], [0, 1e-20 * GREATEST])
    assert np.isfinite(after.weight).all()


def test_channels_that_are_added_pooled_resized_and_joined_have_one_factor() -> None:
    b = Builder(seed=2)
    left = b.conv("left", "image", 4, activation="relu")
    right = b.conv("right", "image", 4)
    both = b.add("both", Add("relu"), left, right)
    small = b.add("small", Pool((2, 2)), both)
    wide = b.add("wide", Resize(True), small, both)
    joined = b.add("joined", Concat(), wide, both, channels=8)
    graph = uneven(b.graph(b.conv("logits", joined, 3)))
    feed = picture(SIZE)
    before = magnitudes(graph, feed)
    changed = equalized(graph, before)
    factors = {
        name: magnitudes(changed, feed)[name] / before[name] for name in ("left", "right", "both", "joined")
    }
    np.testing.assert_allclose(factors["left"], factors["both"], rtol=1e-5)
    np.testing.assert_allclose(factors["right"], factors["both"], rtol=1e-5)
    np.testing.assert_allclose(factors["joined"], np.tile(factors["both"], 2), rtol=1e-5)
    assert spread(factors["both"]) > 1.1


@pytest.mark.parametrize("name", ["image", "logits"])
def test_pixels_and_logits_keep_their_meaning(name: str) -> None:
    graph, feed = uneven(fast_scnn(classes=5, stride=8)), picture(SIZE)
    before = magnitudes(graph, feed)
    after = magnitudes(equalized(graph, before), feed)
    np.testing.assert_allclose(after[name], before[name], rtol=1e-4)
