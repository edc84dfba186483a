"""Lowering: the Graph computes what the torch network computes, and nothing of torch's habits is left."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fastscnn.graph import reference
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Activation, Add, Array, Conv, Graph, Pool, Resize


class Small(nn.Module):
    """Every operator that lowering knows, once."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.depthwise = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8)
        self.norm = nn.BatchNorm2d(8, affine=False, eps=1e-3)
        self.clip = nn.ReLU6()
        self.pool = nn.AdaptiveAvgPool2d(3)
        self.peak = nn.AdaptiveMaxPool2d((1, 2))
        self.drop = nn.Dropout(0.1)
        self.join = nn.Conv2d(24, 5, 1)
        self.after = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.stem(x)
        z = self.clip(self.norm(self.depthwise(y))) + y
        up = nn.functional.interpolate(self.pool(z), size=z.shape[2:], mode="bilinear", align_corners=True)
        peak = nn.functional.interpolate(
            self.peak(z), size=z.shape[-2:], mode="bilinear", align_corners=False
        )
        joined = self.after(torch.cat([z, up, peak], dim=1))
        logits = self.join(self.drop(joined))
        return nn.functional.interpolate(logits, size=x.shape[-2:], mode="bilinear", align_corners=False)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    small = Small()
    for module in small.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = torch.randn(module.num_features)
            module.running_var = torch.rand(module.num_features) + 0.5
    return small.eval()


def outputs(network: nn.Module, graph: Graph, x: Array) -> tuple[Array, Array]:
    with torch.inference_mode():
        wanted = network(torch.from_numpy(x.transpose(2, 0, 1)[None].copy()))[0].permute(1, 2, 0).numpy()
    return wanted, reference.run(graph, x)[graph.output]


@pytest.mark.parametrize("size", [(33, 47), (64, 96), (97, 131)])
def test_the_graph_computes_what_torch_computes(network: nn.Module, size: tuple[int, int]) -> None:
    x = np.random.default_rng(0).standard_normal((*size, 3)).astype(np.float32)
    wanted, got = outputs(network, lower(network), x)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6 * np.ptp(wanted))


def test_norms_are_folded_activations_fused_dropout_gone(network: nn.Module) -> None:
    graph = lower(network)
    assert graph["stem.0"].operator.activation == "relu"  # type: ignore[attr-defined]
    assert graph["depthwise"].operator.activation == "relu6"  # type: ignore[attr-defined]
    assert [node.name for node, _ in graph.of(Activation)] == ["after"], "a concat cannot take its ReLU in"
    assert len(list(graph.of(Conv))) == 3
    assert len(list(graph.of(Add))) == 1
    assert {operator.kind for _, operator in graph.of(Pool)} == {"average", "max"}
    assert [operator.align_corners for _, operator in graph.of(Resize)] == [True, False, False]


def test_nodes_take_the_names_that_are_given(network: nn.Module) -> None:
    graph = lower(network, names={"stem.0": "backbone.first"})
    assert "backbone.first" in graph.by_name
    assert "stem.0" not in graph.by_name


def test_a_module_used_twice_gives_two_nodes() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.block(self.block(x))  # type: ignore[no-any-return]

    twice = Twice().eval()
    graph = lower(twice)
    assert [node.name for node, _ in graph.of(Conv)] == ["block.0", "block.0_2"]
    x = np.random.default_rng(0).standard_normal((33, 35, 3)).astype(np.float32)
    wanted, got = outputs(twice, graph, x)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)


def test_a_value_read_twice_keeps_its_activation_apart() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)
            self.relu = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.conv(x)
            return self.relu(y) + y

    branches = Branches().eval()
    x = np.random.default_rng(0).standard_normal((33, 35, 3)).astype(np.float32)
    wanted, got = outputs(branches, lower(branches), x)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("module", "complaint"),
    [
        (nn.Sequential(nn.BatchNorm2d(3)), "does not follow a convolution"),
        (nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect")), "reflect"),
        (nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sigmoid()), "Sigmoid"),
    ],
)
def test_what_cannot_be_lowered_is_named(module: nn.Module, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        lower(module.eval())


def test_a_network_in_training_mode_is_refused(network: nn.Module) -> None:
    with pytest.raises(ValueError, match="eval mode"):
        lower(nn.Conv2d(3, 3, 1).train())
