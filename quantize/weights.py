"""Scales of weights, and biases on the grid of their accumulators."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import Array, Quant
from fastscnn.graph.integers import HIGHEST_BIAS, bias_scales

HIGHEST = 127
"""Weights are symmetric: -128 is never used."""
HIGHEST_REDUCED = 63
"""7 bits: two products of such a weight fit the 16-bit sums of x86 kernels without VNNI."""
SMALLEST_SCALE = float(np.finfo(np.float32).tiny) * 2**24
"""Products of two scales stay normal float32 numbers."""


def scale_floor(bias: Array, source: Quant) -> Array:
    """Per output channel the least scale with which its bias stays below 2^23, float32."""
    least = np.abs(bias.astype(np.float64)) / (float(source.scale) * (HIGHEST_BIAS - 1))
    # up, not to nearest: the division by the rounded scale must stay inside
    up = np.nextafter(least.astype(np.float32), np.float32(np.inf))
    return np.maximum(up, np.float32(SMALLEST_SCALE))


def weight_scales(weight: Array, floor: Array, highest: int = HIGHEST) -> Array:
    """Per output channel the scale that uses -highest..highest fully, float32."""
    greatest = np.abs(weight.astype(np.float32)).max(axis=(1, 2, 3))
    return np.maximum(greatest / np.float32(highest), floor)


def rounded(weight: Array, scales: Array, highest: int = HIGHEST) -> Array:
    """Float weights as int8, ties to even."""
    steps = np.rint(weight.astype(np.float32) / scales[:, None, None, None])
    return steps.clip(-highest, highest).astype(np.int8)


def integer_bias(bias: Array, scales: Array, source: Quant) -> Array:
    """A float bias in units of its convolution's accumulator, int32; ValueError where it does not fit."""
    steps = np.rint(bias.astype(np.float64) / bias_scales(scales, source).astype(np.float64))
    if np.abs(steps).max(initial=0) > HIGHEST_BIAS:
        raise ValueError("a bias does not fit 24 bits: its channel's weight scale is too small")
    return steps.astype(np.int32)
