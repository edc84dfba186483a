"""What PyTorch itself computes for a picture, and how far float arithmetic alone may stray from it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from export.forms import Precision
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo

FLOAT_LIMIT = 1e-5
HALF_LIMIT = 5e-3
SLACK = 4
"""How many times PyTorch's own rounding an artifact may differ by, where that is more than the limit."""


class Network(Protocol):
    """The part of a network that is compared."""

    def eighth(self, x: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True, eq=False)
class Expected:
    """PyTorch's logits for one picture, height x width x classes, and the gate that follows from them."""

    picture: str
    logits: Array
    spread: float
    """Greatest logit minus least."""
    least: float
    """A difference that passes on every network, relative to the spread."""
    own: Callable[[], float]
    """How far PyTorch's own rounding takes these logits, relative to the spread. Slow: asked only in need."""

    def limit(self) -> float:
        """The largest difference that passes."""
        return max(self.least, SLACK * self.own())


class TorchReference:
    """The checkpoint's network, run as PyTorch runs it."""

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.network = network
        self.info = info

    def expect(self, picture: str, pixels: Array, stride: int, precision: Precision) -> Expected:
        """The logits at this stride for RGB pixels, with the limit for this precision."""
        tensor = torch.from_numpy(normalised(pixels, self.info.preprocessing).transpose(2, 0, 1)[None].copy())
        logits = self._logits(self.network, tensor, stride)
        spread = float(np.ptp(logits)) or 1.0

        @cache
        def own() -> float:
            if precision == "fp16":
                other = self._logits(self.halved, tensor, stride)
            else:
                other = self._logits(self.double, tensor.double(), stride)
            return float(np.abs(logits - other).max()) / spread

        return Expected(picture, logits, spread, HALF_LIMIT if precision == "fp16" else FLOAT_LIMIT, own)

    @cached_property
    def double(self) -> Any:
        """The network in float64."""
        return copy.deepcopy(self.network).double()  # type: ignore[attr-defined]

    @cached_property
    def halved(self) -> Any:
        """The network with batch norm folded and its weights rounded to float16."""
        return _rounded(copy.deepcopy(self.network))

    def _logits(self, network: Any, tensor: torch.Tensor, stride: int) -> Array:
        with torch.inference_mode():
            logits = network.eighth(tensor)
            if stride == 1:
                logits = nn.functional.interpolate(
                    logits, size=tensor.shape[-2:], mode="bilinear", align_corners=self.info.align_corners
                )
        array: Array = logits[0].permute(1, 2, 0).numpy()
        return array


def _rounded(network: Any) -> Any:
    for module in list(network.modules()):
        names = [name for name, _ in module.named_children()]
        for conv_name, norm_name in itertools.pairwise(names):
            conv, norm = getattr(module, conv_name), getattr(module, norm_name)
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, conv_name, _fused(conv, norm))
                setattr(module, norm_name, nn.Identity())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
    return network


def _fused(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    fused = fuse_conv_bn_eval(conv, norm)
    if not isinstance(fused, type(conv)):
        raise TypeError("fusing changed the kind of convolution")
    return fused
