"""Quantized arithmetic written a second time, plainly: int64 loops and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fastscnn.graph.graph import Array, Conv, Pair, Quant
from fastscnn.graph.shapes import padding_of


def sums(conv: Conv, x: Array, zero_point: int) -> Array:
    """The convolution in int64, one output channel and kernel position after the other."""
    padding = padding_of(conv, (x.shape[0], x.shape[1]))
    border = np.full(x.shape[2], zero_point) if conv.border is None else conv.border.astype(np.int64)
    padded = np.empty(
        (x.shape[0] + padding.top + padding.bottom, x.shape[1] + padding.left + padding.right, x.shape[2]),
        np.int64,
    )
    padded[:] = border
    padded[padding.top : padding.top + x.shape[0], padding.left : padding.left + x.shape[1]] = x
    padded -= zero_point
    out, part, height, width = conv.weight.shape
    rows = (padded.shape[0] - conv.dilation[0] * (height - 1) - 1) // conv.stride[0] + 1
    columns = (padded.shape[1] - conv.dilation[1] * (width - 1) - 1) // conv.stride[1] + 1
    total = np.zeros((rows, columns, out), np.int64) + conv.bias.astype(np.int64)
    for channel in range(out):
        first = channel // (out // conv.groups) * part
        for i, j in np.ndindex(height, width):
            top, left = i * conv.dilation[0], j * conv.dilation[1]
            met = padded[top:, left:][: rows * conv.stride[0] : conv.stride[0]]
            met = met[:, : columns * conv.stride[1] : conv.stride[1], first : first + part]
            total[..., channel] += (met * conv.weight[channel, :, i, j].astype(np.int64)).sum(axis=2)
    return total


def requantized(total: Array, conv: Conv, source: Quant, quant: Quant) -> Array:
    """(s_in * s_w) / s_out and its product with the sum, each in float32; ties to even; then the limits."""
    assert conv.scales is not None
    units = np.float32(source.scale) * conv.scales
    steps = np.rint(total.astype(np.float32) * (units / np.float32(quant.scale))).astype(np.float64)
    if conv.activation != "none":
        steps = np.maximum(steps, 0)
    if conv.activation == "relu6":
        steps = np.minimum(steps, np.rint(np.float32(6) / np.float32(quant.scale)))
    return np.clip(steps + quant.zero_point, -128, 127).astype(np.int8)


def bilinear(x: Array, target: Pair, cell: Pair, align_corners: bool) -> Fraction:
    """One cell of a map of whole numbers that is resized to `target`."""
    rows, columns = (
        _parts(length, wanted, index, align_corners)
        for length, wanted, index in zip(x.shape, target, cell, strict=True)
    )
    mean = Fraction(0)
    for row, upper in rows.items():
        for column, left in columns.items():
            mean += int(x[row, column]) * upper * left
    return mean


def _parts(length: int, target: int, index: int, align_corners: bool) -> dict[int, Fraction]:
    """How much of which cells an output cell is."""
    if align_corners:
        position = Fraction(index * (length - 1), max(target - 1, 1))
    else:
        position = max(Fraction(2 * index + 1, 2) * Fraction(length, target) - Fraction(1, 2), Fraction(0))
    before = min(int(position), length - 1)
    after = min(before + 1, length - 1)
    return {before: Fraction(1)} if after == before else {before: after - position, after: position - before}
