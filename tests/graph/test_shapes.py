"""Resolved shapes are those of the computed tensors, at every size that is let through."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscnn.errors import SizeError
from fastscnn.graph import reference
from fastscnn.graph.graph import Add, Concat, Conv, Graph, Node, Pad, Padding, Pair
from fastscnn.graph.shapes import padding_of, resolve, windows
from tests.graphs import ODD, Builder, fast_scnn, picture
from tests.operator_graphs import operator_graphs

OPERATOR_GRAPHS = operator_graphs()
NETWORKS = [
    fast_scnn(),
    fast_scnn(align_corners=False, first_padding="same", affine=True),
    fast_scnn(first_padding=1, stride=8, bins=(1, 2, 4, 8), fusion_dilation=4),
]


def assert_resolved(graph: Graph, size: Pair) -> None:
    shapes = resolve(graph, size)
    channels = shapes[graph.input.name][2]
    tensors = reference.run(graph, picture(size, channels), [node.name for node in graph])
    assert shapes == {name: tensor.shape for name, tensor in tensors.items()}


@pytest.mark.parametrize("name", OPERATOR_GRAPHS)
def test_every_operators_shape_is_the_oracles(name: str) -> None:
    assert_resolved(OPERATOR_GRAPHS[name], ODD)


@given(
    size=st.tuples(st.integers(32, 140), st.integers(32, 140)),
    network=st.sampled_from(range(len(NETWORKS))),
)
@settings(max_examples=15, deadline=None)
def test_a_network_takes_any_size_from_32_on(size: Pair, network: int) -> None:
    assert_resolved(NETWORKS[network], size)


@pytest.mark.parametrize(
    "size", [(512, 1024), (1024, 2048), (360, 480), (256, 256), (480, 640), (513, 769), ODD, (32, 32)]
)
@pytest.mark.parametrize("network", range(len(NETWORKS)))
def test_sizes_that_people_ask_for(size: Pair, network: int) -> None:
    graph = NETWORKS[network]
    height, width, classes = resolve(graph, size)[graph.output]
    assert classes == 19
    if network == 2:
        assert (height, width) == tuple(-(-n // 8) for n in size)
    else:
        assert (height, width) == size


class TestRefusedSizes:
    @pytest.mark.parametrize(
        "size",
        [
            (0, 0),
            (7, 9),
            (31, 512),
            (512, 31),
            (-4, 64),
            (99999, 99999),
            (32, 10**9),
            (7, 10**9),
            (10**12, 10**12),
        ],
    )
    @pytest.mark.parametrize("network", range(len(NETWORKS)))
    def test_the_nearest_size_that_is_named_works(self, size: Pair, network: int) -> None:
        graph = NETWORKS[network]
        with pytest.raises(SizeError) as refusal:
            resolve(graph, size)
        assert f"{size[0]}x{size[1]}" in refusal.value.message
        named = re.search(r"(\d+)x(\d+)", refusal.value.remedy)
        assert named is not None
        resolve(graph, (int(named[1]), int(named[2])))

    def test_a_side_too_short_asks_for_no_more_than_it_must(self) -> None:
        with pytest.raises(SizeError, match="32x100"):
            resolve(fast_scnn(), (7, 100))

    def test_a_tensor_too_large_is_named(self) -> None:
        with pytest.raises(SizeError, match="the tensor logits would need"):
            resolve(fast_scnn(), (30000, 30000))


class TestWindows:
    @given(st.integers(1, 500), st.integers(1, 40))
    @settings(max_examples=100, deadline=None)
    def test_cover_every_cell_and_are_never_empty(self, length: int, bins: int) -> None:
        spans = windows(length, bins)
        assert len(spans) == bins
        assert all(0 <= start < end <= length for start, end in spans)
        assert set().union(*(range(start, end) for start, end in spans)) == set(range(length))

    def test_are_those_of_adaptive_pooling(self) -> None:
        assert windows(16, 6) == [(0, 3), (2, 6), (5, 8), (8, 11), (10, 14), (13, 16)]
        assert windows(4, 6) == [(0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4)]


class TestPadding:
    def test_explicit_padding_is_left_alone(self) -> None:
        conv = Conv(np.zeros((1, 1, 3, 3)), np.zeros(1), padding=Padding(1, 2, 3, 4))
        assert padding_of(conv, ODD) == Padding(1, 2, 3, 4)

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((224, 224), Padding(0, 1, 0, 1)),
            ((225, 225), Padding(1, 1, 1, 1)),
            ((224, 225), Padding(0, 1, 1, 1)),
        ],
    )
    def test_same_puts_the_odd_zero_after(self, size: Pair, expected: Padding) -> None:
        conv = Conv(np.zeros((1, 1, 3, 3)), np.zeros(1), stride=(2, 2), padding="same")
        assert padding_of(conv, size) == expected


class TestContradictions:
    def test_a_sum_of_different_shapes(self) -> None:
        b = Builder()
        b.add("logits", Add(), "image", b.conv("other", "image", 4))
        with pytest.raises(SizeError, match="logits adds"):
            resolve(b.graph("logits"), ODD)

    def test_a_concat_of_different_sizes(self) -> None:
        b = Builder()
        b.add("logits", Concat(), "image", b.conv("other", "image", 4, 3))
        with pytest.raises(SizeError, match="logits concatenates"):
            resolve(b.graph("logits"), ODD)

    def test_a_convolution_of_other_channels(self) -> None:
        b = Builder()
        b.depth["image"] = 5
        with pytest.raises(SizeError, match="takes 5 channels, not 3"):
            resolve(b.graph(b.conv("logits", "image", 4)), ODD)

    def test_a_kernel_larger_than_its_map(self) -> None:
        b = Builder()
        with pytest.raises(SizeError, match="nothing left"):
            resolve(b.graph(b.conv("logits", "image", 4, 50)), (40, 60))


def test_a_network_that_fits_at_no_size_is_told_so() -> None:
    graph = fast_scnn()
    vast = Graph((*graph.nodes, Node("vast", Pad(Padding(10**9, 0, 0, 0)), (graph.output,))), "vast")
    with pytest.raises(SizeError, match="No size works"):
        resolve(vast, (64, 96))
