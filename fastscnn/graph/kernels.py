"""Float arithmetic on height x width x channels arrays, in the precision of the arrays given."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import ActivationKind, Array, Padding, Pair
from fastscnn.graph.shapes import windows

NO_PADDING = Padding()


def convolution(
    x: Array,
    weight: Array,
    bias: Array,
    *,
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    padding: Padding = NO_PADDING,
    groups: int = 1,
    border: Array | None = None,
) -> Array:
    """torch's conv2d: x is (h, w, c), weight (out, in / groups, kh, kw); a border is a number a channel."""
    x = pad(x, padding) if border is None else pad(x - border, padding) + border
    out_channels, in_channels = weight.shape[:2]
    if groups == out_channels and in_channels == 1 and x.shape[2] == groups:
        result = _depthwise(x, weight, stride, dilation)
    elif groups > 1:
        parts = zip(np.split(x, groups, axis=2), np.split(weight, groups, axis=0), strict=True)
        result = np.concatenate([_dense(part, kernel, stride, dilation) for part, kernel in parts], axis=2)
    else:
        result = _dense(x, weight, stride, dilation)
    result += bias
    return result


def _taps(x: Array, kernel: Pair, stride: Pair, dilation: Pair) -> dict[Pair, Array]:
    """For each kernel position, the cells of x that it meets, as views."""
    rows, columns = (
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(x.shape[:2], kernel, stride, dilation, strict=True)
    )
    return {
        (i, j): x[
            i * dilation[0] : i * dilation[0] + stride[0] * (rows - 1) + 1 : stride[0],
            j * dilation[1] : j * dilation[1] + stride[1] * (columns - 1) + 1 : stride[1],
        ]
        for i in range(kernel[0])
        for j in range(kernel[1])
    }


def _depthwise(x: Array, weight: Array, stride: Pair, dilation: Pair) -> Array:
    taps = _taps(x, (weight.shape[2], weight.shape[3]), stride, dilation)
    result = taps.pop((0, 0)) * weight[:, 0, 0, 0]
    product = np.empty_like(result)
    for (i, j), tap in taps.items():
        result += np.multiply(tap, weight[:, 0, i, j], out=product)
    return result


def _dense(x: Array, weight: Array, stride: Pair, dilation: Pair) -> Array:
    taps = _taps(x, (weight.shape[2], weight.shape[3]), stride, dilation)
    patches = np.concatenate(list(taps.values()), axis=2) if len(taps) > 1 else taps[0, 0]
    rows, columns, depth = patches.shape
    matrix = weight.transpose(2, 3, 1, 0).reshape(depth, weight.shape[0])
    return (patches.reshape(-1, depth) @ matrix).reshape(rows, columns, -1)


def pad(x: Array, padding: Padding) -> Array:
    if not padding:
        return x
    return np.pad(x, ((padding.top, padding.bottom), (padding.left, padding.right), (0, 0)))


def fold(x: Array, columns: int) -> Array:
    """Neighbouring columns as one."""
    height, width, channels = x.shape
    return x.reshape(height, width // columns, columns * channels)


def activate(x: Array, kind: ActivationKind) -> Array:
    if kind == "relu":
        return np.maximum(x, x.dtype.type(0))
    if kind == "relu6":
        return np.clip(x, x.dtype.type(0), x.dtype.type(6))
    return x


def bilinear_positions(length: int, target: int, align_corners: bool) -> tuple[Array, Array, Array]:
    """Per output cell: the input cells before and after it, and the weight of the one after.

    Positions are computed in float32 as torch does, so that weights agree to the last bits.
    """
    if align_corners:
        scale = np.float32((length - 1) / (target - 1)) if target > 1 else np.float32(0)
        position = np.arange(target, dtype=np.float32) * scale
    else:
        # torch's kernels multiply and subtract with one rounding (fused multiply-add)
        fused = (np.arange(target) + 0.5) * float(np.float32(length / target)) - 0.5
        position = np.maximum(fused.astype(np.float32), np.float32(0))
    before = np.minimum(position.astype(np.int64), length - 1)
    after = np.minimum(before + 1, length - 1)
    return before, after, position - before.astype(np.float32)


def resize(x: Array, size: Pair, align_corners: bool) -> Array:
    """torch's bilinear interpolate to a height and width."""
    for axis, target in enumerate(size):
        before, after, weight = bilinear_positions(x.shape[axis], target, align_corners)
        shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
        weight = weight.astype(x.dtype).reshape(shape)
        x = np.take(x, before, axis) * (1 - weight) + np.take(x, after, axis) * weight
    return x


def pool(x: Array, bins: Pair, kind: str) -> Array:
    """torch's adaptive average or maximum pooling."""
    reduce = np.mean if kind == "average" else np.max
    rows = [
        [reduce(x[top:bottom, left:right], axis=(0, 1)) for left, right in windows(x.shape[1], bins[1])]
        for top, bottom in windows(x.shape[0], bins[0])
    ]
    pooled: Array = np.stack([np.stack(row) for row in rows]).astype(x.dtype)
    return pooled
