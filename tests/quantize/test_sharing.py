"""Which tensors have one scale and zero point: those that pools, resizes and concatenations tie together."""

from __future__ import annotations

from collections.abc import Collection

from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Activation, Add, Concat, Graph, Pad, Padding, Pool, Resize
from fastscnn.network.checkpoint import load
from quantize.sharing import groups
from tests.graphs import Builder, fast_scnn


def shared(graph: Graph, floats: Collection[str] = ()) -> list[tuple[str, ...]]:
    """The groups of more than one tensor, each in the graph's order."""
    members: dict[str, list[str]] = {}
    for name, first in groups(graph, floats).items():
        members.setdefault(first, []).append(name)
    return [tuple(together) for together in members.values() if len(together) > 1]


def test_what_the_embedded_network_shares() -> None:
    checkpoint = load(None)
    pyramid = "global_feature_extractor.pyramid"
    assert shared(lower(checkpoint.network, names=checkpoint.names)) == [
        (
            "add_5",
            f"{pyramid}.pools.0",
            f"{pyramid}.branches.0.conv",
            "interpolate",
            f"{pyramid}.pools.1",
            f"{pyramid}.branches.1.conv",
            "interpolate_1",
            f"{pyramid}.pools.2",
            f"{pyramid}.branches.2.conv",
            "interpolate_2",
            f"{pyramid}.pools.3",
            f"{pyramid}.branches.3.conv",
            "interpolate_3",
            "cat",
        ),
        (f"{pyramid}.out.conv", "interpolate_4"),
        ("classifier.conv", "interpolate_5"),
    ]


def test_without_the_concatenation_in_int8_every_branch_is_by_itself() -> None:
    assert shared(fast_scnn(bins=(1, 2)), floats=["pyramid.concat"]) == [
        ("features.stage3.2.shortcut", "pyramid.pool1", "pyramid.pool2"),
        ("pyramid.conv1", "pyramid.resize1"),
        ("pyramid.conv2", "pyramid.resize2"),
        ("pyramid.out", "fusion.resize"),
        ("classifier.conv", "logits"),
    ]


def test_pads_and_activations_of_their_own_share_with_what_they_take() -> None:
    b = Builder()
    b.add("pad", Pad(Padding.all(1)), "image")
    b.add("relu", Activation("relu"), "pad")
    assert shared(b.graph("relu")) == [("image", "pad", "relu")]


def test_a_map_that_only_gives_its_size_shares_nothing() -> None:
    b = Builder()
    b.add("pool", Pool((2, 2)), b.conv("x", "image", 4))
    b.add("resize", Resize(True), "pool", "image")
    assert shared(b.graph("resize")) == [("x", "pool", "resize")]


def test_sums_and_convolutions_end_a_group() -> None:
    b = Builder()
    x = b.conv("x", "image", 3)
    b.add("sum", Add(), x, "image")
    b.conv("y", "sum", 3)
    assert shared(b.graph("y")) == []


def test_concatenations_of_one_tensor_are_one_group_named_by_its_first() -> None:
    b = Builder()
    x, y, z = (b.conv(name, "image", 2) for name in "xyz")
    b.add("early", Concat(), y, z, channels=4)
    b.add("late", Concat(), z, x, channels=4)
    graph = b.graph("late")
    assert shared(graph) == [("x", "y", "z", "early", "late")]
    assert set(groups(graph).values()) == {"image", "x"}
