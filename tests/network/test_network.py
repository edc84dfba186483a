"""The network: sizes, switches, and what torch.fx sees."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from fastscnn.network.blocks import SameConv2d
from fastscnn.network.network import FastSCNN
from fastscnn.network.simplified import Simplified
from fastscnn.network.variant import OURS, Variant


def seeded(variant: Variant, classes: int = 3) -> FastSCNN:
    torch.manual_seed(5)
    network = FastSCNN(classes, variant).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_var is not None
            nn.init.uniform_(module.running_var, 0.1, 0.5)
    return network


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(1, 3, 98, 130)


@pytest.mark.parametrize("size", [(64, 64), (97, 131), (360, 480)])
def test_logits_have_the_inputs_size_and_an_eighth_of_it(size: tuple[int, int]) -> None:
    network = seeded(OURS)
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, *size)).shape == (1, 3, *size)
        assert network.eighth(torch.zeros(1, 3, *size)).shape == (1, 3, -(-size[0] // 8), -(-size[1] // 8))


def test_a_network_of_stride_8_ends_at_an_eighth(picture: torch.Tensor) -> None:
    network = seeded(replace(OURS, output_stride=8))
    with torch.inference_mode():
        assert torch.equal(network(picture), network.eighth(picture))


@pytest.mark.parametrize(
    "change",
    [
        {"first_padding": "0"},
        {"first_padding": "same"},
        {"depthwise_relu": False},
        {"pyramid_bins": (1, 2, 4, 8)},
        {"pyramid_pool": "max"},
        {"pyramid_order": "input-last"},
        {"pyramid_reversed": True},
        {"pyramid_align_corners": True},
        {"fusion_align_corners": True},
        {"output_align_corners": True},
        {"fusion_dilation": 4},
        {"fusion_relu": False},
        {"norm_epsilon": 1e-2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_switch_that_keeps_the_shapes_changes_the_logits(
    change: dict[str, object], picture: torch.Tensor
) -> None:
    plain = seeded(OURS)
    switched = FastSCNN(3, replace(OURS, **change)).eval()  # type: ignore[arg-type]
    switched.load_state_dict(plain.state_dict())
    with torch.inference_mode():
        assert not torch.allclose(plain(picture), switched(picture), atol=1e-4)


def test_relu6_clips_the_bottlenecks() -> None:
    network = FastSCNN(3, replace(OURS, relu6=True))
    clipped = [name for name, module in network.named_modules() if isinstance(module, nn.ReLU6)]
    assert len(clipped) == 18
    assert all("bottleneck" in name for name in clipped)


@pytest.mark.parametrize("size", [(8, 9), (9, 8), (7, 7), (10, 13)])
def test_same_padding_is_tensorflows(size: tuple[int, int]) -> None:
    conv = SameConv2d(3, 4, 3, stride=2, bias=False)
    picture = torch.randn(1, 3, *size)
    # the odd zero comes after: an even side gets one row at its end, an odd side one at each end
    ends = [(0, 1) if side % 2 == 0 else (1, 1) for side in size]
    padded = functional.pad(picture, (*ends[1], *ends[0]))
    assert torch.equal(conv(picture), functional.conv2d(padded, conv.weight, stride=2))


@pytest.mark.parametrize(
    "network", [seeded(OURS), seeded(replace(OURS, first_padding="same")), Simplified(4).eval()]
)
def test_torch_fx_sees_the_same_network_at_every_size(network: nn.Module) -> None:
    traced = torch.fx.symbolic_trace(network)
    for size in ((64, 96), (97, 131)):
        picture = torch.randn(1, 3, *size)
        with torch.inference_mode():
            assert torch.equal(traced(picture), network(picture))


def test_no_activation_module_is_used_twice() -> None:
    traced = torch.fx.symbolic_trace(FastSCNN(3))
    used = [str(node.target) for node in traced.graph.nodes if node.op == "call_module"]
    assert len(used) == len(set(used))


def test_features_are_what_heads_are_trained_on(picture: torch.Tensor) -> None:
    network = seeded(OURS)
    with torch.inference_mode():
        features = network.features(picture)
        assert features.higher.shape[1] == 64
        assert features.context.shape[1] == 128
        assert torch.equal(features.logits, network.eighth(picture))


def test_the_simplified_network_spreads_its_pooled_map(picture: torch.Tensor) -> None:
    network = Simplified(4).eval()
    with torch.inference_mode():
        high = network.learning_to_downsample(picture)
        pooled = network.global_feature_extractor(high)
        spread = pooled.expand(-1, -1, *high.shape[-2:])
        expected = network.classifier(network.feature_fusion(torch.cat([high, spread], dim=1)))
        torch.testing.assert_close(network.eighth(picture), expected)
        assert network(picture).shape == (1, 4, 98, 130)


def test_the_simplified_networks_fusion_with_and_without_its_relu(picture: torch.Tensor) -> None:
    plain = Simplified(4).eval()
    bare = Simplified(4, fusion_relu=False).eval()
    bare.load_state_dict(plain.state_dict())
    with torch.inference_mode():
        joined = torch.randn(1, 192, 6, 7)
        assert torch.equal(plain.feature_fusion(joined), bare.feature_fusion(joined).relu())
        assert not torch.equal(plain(picture), bare(picture))
