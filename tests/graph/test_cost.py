"""What a network costs: multiplications and memory, counted by hand on small graphs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fastscnn.graph.cost import estimate
from fastscnn.graph.graph import Add, Conv, Graph, Input, Node, Padding, Quant, Resize
from quantize.torch_graph import TorchGraph
from tests.graphs import fast_scnn

SIZE = (32, 64)
PIXELS = 32 * 64


def conv(out: int, into: int, kernel: int = 1, groups: int = 1, stride: int = 1) -> Conv:
    weight = np.zeros((out, into // groups, kernel, kernel), np.float32)
    bias = np.zeros(out, np.float32)
    padding = Padding.all(kernel // 2)
    return Conv(weight, bias, stride=(stride, stride), padding=padding, groups=groups)


def graph(*nodes: Node) -> Graph:
    return Graph((Node("image", Input(3)), *nodes), nodes[-1].name)


def test_a_convolution_multiplies_once_for_every_weight_that_a_value_sees() -> None:
    cost = estimate(graph(Node("a", conv(8, 3, kernel=3, stride=2), ("image",))), SIZE)
    assert cost.macs == 16 * 32 * 8 * 3 * 9
    assert cost.parameters == 8 * 3 * 9 + 8


def test_a_depthwise_convolution_multiplies_each_channel_by_itself() -> None:
    cost = estimate(graph(Node("a", conv(3, 3, kernel=3, groups=3), ("image",))), SIZE)
    assert cost.macs == PIXELS * 3 * 9


def test_a_map_is_held_until_its_last_reader_is_done() -> None:
    branched = graph(
        Node("a", conv(4, 3), ("image",)),
        Node("b", conv(4, 4), ("a",)),
        Node("c", conv(4, 4), ("b",)),
        Node("sum", Add(), ("a", "c")),
    )
    cost = estimate(branched, SIZE)
    assert cost.peak_bytes == 4 * PIXELS * (4 + 4 + 4), "a waits for the sum"
    assert cost.peak_at == "c"
    plain = graph(
        Node("a", conv(4, 3), ("image",)), Node("b", conv(4, 4), ("a",)), Node("c", conv(4, 4), ("b",))
    )
    assert estimate(plain, SIZE).peak_bytes == 4 * PIXELS * (4 + 4)


def test_a_map_that_only_lends_its_size_is_not_held() -> None:
    lent = graph(
        Node("small", conv(4, 3, stride=2), ("image",)),
        Node("deep", conv(4, 4), ("small",)),
        Node("large", Resize(align_corners=False), ("deep", "image")),
    )
    assert estimate(lent, SIZE).peak_bytes == 4 * (PIXELS // 4 * 4 + PIXELS * 4)


def test_int8_maps_take_a_quarter() -> None:
    step = Quant(1.0, 0)
    small = Graph((Node("image", Input(3), quant=step), Node("a", conv(4, 3), ("image",), quant=step)), "a")
    assert estimate(small, SIZE).peak_bytes == PIXELS * (3 + 4)


@pytest.mark.parametrize("size", [(64, 96), (97, 131)])
def test_a_whole_network_costs_what_torch_counts(size: tuple[int, int]) -> None:
    graph = fast_scnn(classes=19)
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        TorchGraph(graph)(torch.zeros(1, 3, *size))
    cost = estimate(graph, size)
    assert 2 * cost.macs == counter.get_total_flops()
    assert cost.parameters == sum(p.numel() for p in TorchGraph(graph).parameters())
