"""Fast-SCNN (Poudel, Liwicki, Cipolla 2019) with the switches of its public layouts."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from fastscnn.network.blocks import Bottleneck, ConvNorm, SeparableConv
from fastscnn.network.variant import OURS, Variant


class Features(NamedTuple):
    """What auxiliary heads and distillation look at."""

    higher: Tensor
    """64 channels at 1/8, after learning to downsample."""
    context: Tensor
    """128 channels at 1/32, after the pyramid."""
    logits: Tensor
    """At 1/8."""


class FastSCNN(nn.Module):
    """Normalised pictures to logits."""

    def __init__(self, classes: int, variant: Variant = OURS) -> None:
        super().__init__()
        self.classes = classes
        self.variant = variant
        self.learning_to_downsample = LearningToDownsample(variant)
        self.global_feature_extractor = GlobalFeatureExtractor(variant)
        self.feature_fusion = FeatureFusion(variant)
        self.classifier = Classifier(classes, variant)

    def features(self, x: Tensor) -> Features:
        """Logits at 1/8 and what they were made from."""
        higher = self.learning_to_downsample(x)
        context = self.global_feature_extractor(higher)
        return Features(higher, context, self.classifier(self.feature_fusion(higher, context)))

    def eighth(self, x: Tensor) -> Tensor:
        """Logits at 1/8."""
        return self.features(x).logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits at the network's own output size."""
        logits = self.eighth(x)
        if self.variant.output_stride == 8:
            return logits
        return resized(logits, x, self.variant.output_align_corners)


def resized(x: Tensor, like: Tensor, align_corners: bool) -> Tensor:
    """Bilinear to the other map's size, which equals x4 or x8 wherever the originals run."""
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=align_corners)


class LearningToDownsample(nn.Module):
    """Three strided convolutions: the picture at 1/8."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        bias = "downsample" in variant.biased
        epsilon = variant.norm_epsilon
        padding = "same" if variant.first_padding == "same" else int(variant.first_padding)
        self.conv = ConvNorm(3, 32, 3, stride=2, padding=padding, bias=bias, epsilon=epsilon)
        between = variant.depthwise_relu
        self.dsconv1 = SeparableConv(32, 48, stride=2, bias=bias, between=between, epsilon=epsilon)
        self.dsconv2 = SeparableConv(48, 64, stride=2, bias=bias, between=between, epsilon=epsilon)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.dsconv2(self.dsconv1(self.conv(x)))
        return y


class GlobalFeatureExtractor(nn.Module):
    """Nine bottlenecks to 1/32, then the pyramid."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.bottleneck1 = _stage(64, 64, 2, variant)
        self.bottleneck2 = _stage(64, 96, 2, variant)
        self.bottleneck3 = _stage(96, 128, 1, variant)
        self.pyramid = Pyramid(variant)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pyramid(self.bottleneck3(self.bottleneck2(self.bottleneck1(x))))
        return y


def _stage(inputs: int, outputs: int, stride: int, variant: Variant) -> nn.Sequential:
    relu6, epsilon = variant.relu6, variant.norm_epsilon
    first = Bottleneck(inputs, outputs, stride, relu6=relu6, epsilon=epsilon)
    rest = (Bottleneck(outputs, outputs, 1, relu6=relu6, epsilon=epsilon) for _ in range(2))
    return nn.Sequential(first, *rest)


class Pyramid(nn.Module):
    """Context: the map pooled into a few bins, each at the map's size again, beside the map itself."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.variant = variant
        epsilon = variant.norm_epsilon if variant.pyramid_norm else None
        bias = "pyramid" in variant.biased
        pool = nn.AdaptiveAvgPool2d if variant.pyramid_pool == "average" else nn.AdaptiveMaxPool2d
        self.pools = nn.ModuleList(pool(bins) for bins in variant.pyramid_bins)
        self.branches = nn.ModuleList(self._branch(bias, epsilon) for _ in variant.pyramid_bins)
        joined = 128 + len(variant.pyramid_bins) * variant.pyramid_channels
        self.out = ConvNorm(
            joined, 128, variant.pyramid_kernel, bias=bias or epsilon is None, epsilon=epsilon
        )

    def _branch(self, bias: bool, epsilon: float | None) -> ConvNorm:
        activation = nn.ReLU if epsilon is not None else None
        return ConvNorm(128, self.variant.pyramid_channels, bias=bias, epsilon=epsilon, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        align_corners = self.variant.pyramid_align_corners
        maps = [
            resized(branch(pool(x)), x, align_corners)
            for pool, branch in zip(self.pools, self.branches, strict=True)
        ]
        if self.variant.pyramid_reversed:
            maps.reverse()
        maps.insert(0 if self.variant.pyramid_order == "input-first" else len(maps), x)
        y: Tensor = self.out(torch.cat(maps, dim=1))
        return y


class FeatureFusion(nn.Module):
    """Detail at 1/8 plus context brought up from 1/32."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.align_corners = variant.fusion_align_corners
        epsilon = variant.norm_epsilon
        if variant.fusion_depthwise:
            self.depthwise = ConvNorm(
                128, 128, 3, dilation=variant.fusion_dilation, depthwise=True, epsilon=epsilon
            )
        else:
            self.depthwise = ConvNorm(128, 128, epsilon=epsilon)
        norm = epsilon if variant.fusion_norm else None
        bias = "fusion" in variant.biased or norm is None
        self.lower = ConvNorm(128, 128, bias=bias, epsilon=norm, activation=None)
        self.higher = ConvNorm(64, 128, bias=bias, epsilon=norm, activation=None)
        self.relu = nn.ReLU() if variant.fusion_relu else None

    def forward(self, higher: Tensor, context: Tensor) -> Tensor:
        lower = self.lower(self.depthwise(resized(context, higher, self.align_corners)))
        y: Tensor = self.higher(higher) + lower
        return y if self.relu is None else self.relu(y)


class Classifier(nn.Module):
    """Two separable convolutions and the scores."""

    def __init__(self, classes: int, variant: Variant) -> None:
        super().__init__()
        bias = "classifier" in variant.biased
        self.dsconv1, self.dsconv2 = (
            SeparableConv(
                128,
                128,
                bias=bias,
                between=variant.depthwise_relu,
                pointwise=variant.classifier_pointwise,
                epsilon=variant.norm_epsilon,
            )
            for _ in range(2)
        )
        self.dropout = nn.Dropout(0.1)
        self.conv = nn.Conv2d(128, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(self.dropout(self.dsconv2(self.dsconv1(x))))
        return y
