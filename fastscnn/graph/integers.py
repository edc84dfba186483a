"""Integer arithmetic on int8 maps, height x width x channels: what quantized nodes mean.

Accumulators are exact. Requantization is in float32, to whole steps from zero (ties to even), then the zero
point is added, then clamped: as ONNX and XNNPACK do; torch adds the zero point before it rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fastscnn.graph import kernels
from fastscnn.graph.graph import (
    LEAST,
    MOST,
    Activation,
    ActivationKind,
    Add,
    Array,
    Concat,
    Conv,
    Fold,
    Operator,
    Pad,
    Pool,
    Quant,
    Quantize,
    Resize,
)
from fastscnn.graph.shapes import padding_of, windows

SPAN = MOST - LEAST
"""The greatest distance of a number from its zero point."""
EXACT = 2**24
"""Below it float32 holds every integer, so that sums of products made by float32 routines are exact."""
HIGHEST_BIAS = 2**23
"""Core ML holds a bias as float32, times its scale: up to here the integer always comes back, above not."""

Kernel = Callable[..., Array]


def quantize(x: Array, quant: Quant) -> Array:
    """Float values as int8."""
    return clamp(np.rint(x.astype(np.float32) / np.float32(quant.scale)), quant, "none")


def dequantize(x: Array, quant: Quant) -> Array:
    """What int8 numbers stand for, float32."""
    result: Array = (x.astype(np.float32) - quant.zero_point) * np.float32(quant.scale)
    return result


def clamp(steps: Array, quant: Quant, activation: ActivationKind) -> Array:
    """Whole numbers of steps from zero to int8, an activation's limits kept. `steps` is used up."""
    low, high = limits(quant, activation)
    steps += quant.zero_point
    return steps.clip(low, high, out=steps).astype(np.int8)


def limits(quant: Quant, activation: ActivationKind) -> tuple[int, int]:
    """The least and greatest int8 number that an activation lets through."""
    low = LEAST if activation == "none" else quant.zero_point
    if activation != "relu6":
        return low, MOST
    return low, min(MOST, quant.zero_point + int(np.rint(np.float32(6) / np.float32(quant.scale))))


def bias_scales(scales: Array, source: Quant) -> Array:
    """What one unit of a convolution's int32 bias and accumulator stands for, float32, (out,)."""
    result: Array = np.float32(source.scale) * scales.astype(np.float32)
    return result


def float_bias(bias: Array, units: Array) -> Array:
    """What an integer bias of these units stands for, float32: rounded once, so that it comes back."""
    exact = bias * units.astype(np.float64)
    rounded: Array = exact.astype(np.float32)
    return rounded


def accumulate(conv: Conv, x: Array, zero_point: int) -> Array:
    """The sums of a convolution with its bias, exactly: whole numbers of bias_scales, float32 or float64."""
    weight, bias = conv.weight.astype(np.float64), conv.bias.astype(np.float64)
    greatest = (SPAN * np.abs(weight).sum(axis=(1, 2, 3)) + np.abs(bias)).max()
    dtype: type[np.floating[Any]] = np.float32 if greatest < EXACT else np.float64
    return kernels.convolution(
        np.subtract(x, zero_point, dtype=dtype),
        weight.astype(dtype),
        bias.astype(dtype),
        stride=conv.stride,
        dilation=conv.dilation,
        padding=padding_of(conv, (x.shape[0], x.shape[1])),
        groups=conv.groups,
        border=None if conv.border is None else np.subtract(conv.border, zero_point, dtype=dtype),
    )


def conv(operator: Conv, quant: Quant, quants: Sequence[Quant], x: Array) -> Array:
    assert operator.scales is not None
    sums = accumulate(operator, x, quants[0].zero_point).astype(np.float32, copy=False)
    sums *= bias_scales(operator.scales, quants[0]) / np.float32(quant.scale)
    return clamp(np.rint(sums, out=sums), quant, operator.activation)


def add(operator: Add, quant: Quant, quants: Sequence[Quant], x: Array, y: Array) -> Array:
    total = dequantize(x, quants[0]) + dequantize(y, quants[1])
    return clamp(np.rint(total / np.float32(quant.scale)), quant, operator.activation)


def concat(operator: Concat, quant: Quant, quants: Sequence[Quant], *sources: Array) -> Array:
    return np.concatenate(sources, axis=2)


def resize(
    operator: Resize, quant: Quant, quants: Sequence[Quant], x: Array, like: Array | None = None
) -> Array:
    size = like.shape[:2] if like is not None else [n * (operator.factor or 1) for n in x.shape[:2]]
    steps = np.subtract(x, quant.zero_point, dtype=np.float32)
    wide = kernels.resize(steps, (size[0], size[1]), operator.align_corners)
    return clamp(np.rint(wide), quant, "none")


def pool(operator: Pool, quant: Quant, quants: Sequence[Quant], x: Array) -> Array:
    if operator.kind == "max":
        return kernels.pool(x, operator.bins, "max")
    steps = x.astype(np.int64) - quant.zero_point
    rows = []
    for top, bottom in windows(x.shape[0], operator.bins[0]):
        sums = [
            (steps[top:bottom, left:right].sum(axis=(0, 1)), (bottom - top) * (right - left))
            for left, right in windows(x.shape[1], operator.bins[1])
        ]
        rows.append(np.stack([np.rint(total / area) for total, area in sums]))
    return clamp(np.stack(rows), quant, "none")


def activation(operator: Activation, quant: Quant, quants: Sequence[Quant], x: Array) -> Array:
    low, high = limits(quant, operator.kind)
    clipped: Array = x.clip(low, high)
    return clipped


def pad(operator: Pad, quant: Quant, quants: Sequence[Quant], x: Array) -> Array:
    steps = kernels.pad(x.astype(np.int16) - quant.zero_point, operator.padding)
    return (steps + quant.zero_point).astype(np.int8)


def fold(operator: Fold, quant: Quant, quants: Sequence[Quant], x: Array) -> Array:
    return kernels.fold(x, operator.columns)


KERNELS: dict[type[Operator], Kernel] = {
    Conv: conv,
    Add: add,
    Concat: concat,
    Resize: resize,
    Pool: pool,
    Activation: activation,
    Pad: pad,
    Fold: fold,
    Quantize: lambda operator, quant, quants, x: quantize(x, quant),
}
"""By operator: (operator, quant of the result, quants of the inputs, int8 inputs) to int8."""
