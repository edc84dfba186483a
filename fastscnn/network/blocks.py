"""The small parts that Fast-SCNN is made of."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.fx
from torch import Tensor, nn
from torch.nn import functional


class SameConv2d(nn.Conv2d):
    """A convolution padded by TensorFlow's and Paddle's rule, which depends on the map's size."""

    pads_same = True

    def forward(self, input: Tensor) -> Tensor:
        padded = pad_same(input, self.kernel_size[0], self.stride[0])
        return functional.conv2d(padded, self.weight, self.bias, self.stride)


def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """As many zeros as ceil(size / stride) outputs need, the odd one after."""
    amounts: list[int] = []
    for n in (x.shape[-1], x.shape[-2]):
        total = max((-(-n // stride) - 1) * stride + kernel - n, 0)
        amounts += [total // 2, total - total // 2]
    return functional.pad(x, amounts)


# a size cannot be compared while torch.fx traces: the call stays one node
torch.fx.wrap("pad_same")


class ConvNorm(nn.Sequential):
    """`conv`, then `norm` and `relu` where they are wanted."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        depthwise: bool = False,
        padding: int | str | None = None,
        bias: bool = False,
        epsilon: float | None = 1e-5,
        activation: type[nn.ReLU] | type[nn.ReLU6] | None = nn.ReLU,
    ) -> None:
        """`epsilon` None: no batch norm. `padding` None: half the kernel, so that stride 1 keeps the size."""
        kind = SameConv2d if padding == "same" else nn.Conv2d
        amount = padding if isinstance(padding, int) else dilation * (kernel // 2)
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["conv"] = kind(
            inputs,
            outputs,
            kernel,
            stride=stride,
            padding=0 if padding == "same" else amount,
            dilation=dilation,
            groups=inputs if depthwise else 1,
            bias=bias,
        )
        if epsilon is not None:
            layers["norm"] = nn.BatchNorm2d(outputs, eps=epsilon)
        if activation is not None:
            layers["relu"] = activation()
        super().__init__(layers)


class SeparableConv(nn.Sequential):
    """3x3 depthwise, then (mostly) 1x1 pointwise."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        stride: int = 1,
        bias: bool = False,
        between: bool = True,
        pointwise: bool = True,
        epsilon: float = 1e-5,
    ) -> None:
        """`between`: a ReLU stands after the depthwise half."""
        relu = nn.ReLU if between or not pointwise else None
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["depthwise"] = ConvNorm(
            inputs, inputs, 3, stride=stride, depthwise=True, bias=bias, epsilon=epsilon, activation=relu
        )
        if pointwise:
            layers["pointwise"] = ConvNorm(inputs, outputs, bias=bias, epsilon=epsilon)
        super().__init__(layers)


class Bottleneck(nn.Module):
    """MobileNetV2's inverted residual, six times wider inside."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, relu6: bool, epsilon: float) -> None:
        super().__init__()
        wide = 6 * inputs
        activation = nn.ReLU6 if relu6 else nn.ReLU
        self.expand = ConvNorm(inputs, wide, epsilon=epsilon, activation=activation)
        self.depthwise = ConvNorm(
            wide, wide, 3, stride=stride, depthwise=True, epsilon=epsilon, activation=activation
        )
        self.project = ConvNorm(wide, outputs, epsilon=epsilon, activation=None)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.adds else y
