"""The "simplified Fast-SCNN" of blog posts: fewer layers, batch norm after pointwise halves only."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

import torch
from torch import Tensor, nn

from fastscnn.network.network import Features, resized


class Separable(nn.Sequential):
    """3x3 depthwise, 1x1 pointwise, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["depthwise"] = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
        layers["pointwise"] = nn.Conv2d(inputs, outputs, 1, bias=False)
        layers["bn"] = nn.BatchNorm2d(outputs)
        layers["relu"] = nn.ReLU()
        super().__init__(layers)


class Simplified(nn.Module):
    """As published it fails in its concatenation; here the pooled map is spread over the 1/8 map."""

    def __init__(self, classes: int, output_stride: Literal[1, 8] = 1, *, fusion_relu: bool = True) -> None:
        super().__init__()
        self.classes = classes
        self.output_stride = output_stride
        self.fusion_relu = fusion_relu
        self.learning_to_downsample = _named(
            conv=nn.Conv2d(3, 32, 3, 2, 1, bias=False),
            dsconv1=Separable(32, 48, 2),
            dsconv2=Separable(48, 64, 2),
        )
        self.global_feature_extractor = _named(
            bottleneck1=Separable(64, 96, 2), bottleneck2=Separable(96, 128, 2), pool=nn.AdaptiveAvgPool2d(1)
        )
        relu = {"relu": nn.ReLU()} if fusion_relu else {}
        self.feature_fusion = _named(conv1=nn.Conv2d(192, 128, 1, bias=False), bn=nn.BatchNorm2d(128), **relu)
        self.classifier = _named(
            dsconv1=Separable(128, 128, 1),
            dsconv2=Separable(128, 128, 1),
            conv=nn.Conv2d(128, classes, 1, bias=False),
        )

    def features(self, x: Tensor) -> Features:
        """Logits at 1/8 and what they were made from."""
        higher = self.learning_to_downsample(x)
        context = self.global_feature_extractor(higher)
        # from one cell both ways of resizing give that cell everywhere
        joined = torch.cat([higher, resized(context, higher, align_corners=False)], dim=1)
        return Features(higher, context, self.classifier(self.feature_fusion(joined)))

    def eighth(self, x: Tensor) -> Tensor:
        """Logits at 1/8."""
        return self.features(x).logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits at the network's own output size."""
        logits = self.eighth(x)
        return logits if self.output_stride == 8 else resized(logits, x, align_corners=False)


def _named(**layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))
