"""What MIL's operations compute, in numpy: float32 maps of batch x channels x height x width.

A parameter is called as MIL calls it; an operation that carries another one is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from export.formats.coreml import affine
from fastscnn.graph.graph import Array
from fastscnn.graph.kernels import bilinear_positions
from fastscnn.graph.shapes import LARGEST_TENSOR

Ints = Sequence[int] | Array
LARGEST = LARGEST_TENSOR // 4
"""Numbers that a map may hold."""
STRIP = 1 << 22
"""Numbers held at once while a convolution's patches are gathered."""
BLOCK = 1 << 16
"""Numbers of a depthwise convolution's result that stay in the cache."""


def conv(
    x: Array,
    weight: Array,
    bias: Array,
    strides: Ints,
    pad_type: str,
    dilations: Ints,
    groups: int,
    pad: Ints = (0, 0, 0, 0),
) -> Array:
    x = _padded(x[0], weight.shape[2:], strides, dilations, pad_type, pad, 0.0)
    if groups < 1 or x.shape[0] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ValueError("its channels do not fit its weights")
    if groups == x.shape[0] == weight.shape[0]:
        result = _depthwise(x, weight[:, 0], strides, dilations)
    else:
        parts = zip(np.split(x, groups), np.split(weight, groups), strict=True)
        result = np.concatenate([_dense(part, kernel, strides, dilations) for part, kernel in parts])
    result += bias[:, None, None]
    return result[None]


def _padded(
    x: Array, kernel: Ints, strides: Ints, dilations: Ints, pad_type: str, pad: Ints, value: float
) -> Array:
    if pad_type == "valid":
        return x
    if pad_type == "same":
        pads = []
        for n, k, s, d in zip(x.shape[1:], kernel, strides, dilations, strict=True):
            total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
            pads.append((total // 2, total - total // 2))
    elif pad_type == "custom":
        top, bottom, left, right = (int(n) for n in pad)
        pads = [(top, bottom), (left, right)]
    else:
        raise ValueError(f"its pad_type is {pad_type!r}")
    return _with_border(x, [(0, 0), *pads], value) if np.any(pads) else x


def _with_border(x: Array, amounts: list[tuple[int, int]], value: float) -> Array:
    if prod(n + before + after for n, (before, after) in zip(x.shape, amounts, strict=True)) > LARGEST:
        raise ValueError("its padding is greater than any map")
    return np.pad(x, amounts, constant_values=np.float32(value))


def _steps(x: Array, kernel: Ints, strides: Ints, dilations: Ints) -> tuple[list[int], list[list[slice]]]:
    """Rows and columns of the result, and for each axis and kernel cell, what it meets of x."""
    sizes, slices = [], []
    for n, k, s, d in zip(x.shape[1:], kernel, strides, dilations, strict=True):
        size = int(n - d * (k - 1) - 1) // int(s) + 1
        if size < 1 or s < 1 or d < 1:
            raise ValueError("its window is greater than its input")
        sizes.append(size)
        slices.append([slice(i * d, i * d + s * (size - 1) + 1, s) for i in range(k)])
    return sizes, slices


def _dense(x: Array, weight: Array, strides: Ints, dilations: Ints) -> Array:
    out, depth, *kernel = weight.shape
    (rows, columns), (vertical, horizontal) = _steps(x, kernel, strides, dilations)
    matrix = weight.reshape(out, -1)
    if tuple(kernel) == (1, 1):
        return (matrix @ x[:, vertical[0], horizontal[0]].reshape(depth, -1)).reshape(out, rows, columns)
    result = np.empty((out, rows, columns), np.float32)
    strip = max(1, STRIP // (matrix.shape[1] * columns))
    for first in range(0, rows, strip):
        count = min(strip, rows - first)
        patches = np.empty((depth, *kernel, count, columns), np.float32)
        for i, down in enumerate(vertical):
            start = down.start + first * down.step
            band = slice(start, start + (count - 1) * down.step + 1, down.step)
            for j, right in enumerate(horizontal):
                patches[:, i, j] = x[:, band, right]
        product = matrix @ patches.reshape(matrix.shape[1], -1)
        result[:, first : first + count] = product.reshape(out, count, columns)
    return result


def _depthwise(x: Array, weight: Array, strides: Ints, dilations: Ints) -> Array:
    (rows, columns), (vertical, horizontal) = _steps(x, weight.shape[1:], strides, dilations)
    result = np.zeros((x.shape[0], rows, columns), np.float32)
    block = max(1, BLOCK // (rows * columns))
    for first in range(0, x.shape[0], block):
        some = slice(first, first + block)
        product = np.empty_like(result[some])
        for i, down in enumerate(vertical):
            for j, right in enumerate(horizontal):
                np.multiply(x[some, down, right], weight[some, i, j, None, None], out=product)
                result[some] += product
    return result


def avg_pool(
    x: Array,
    kernel_sizes: Ints,
    strides: Ints,
    pad_type: str,
    pad: Ints = (0, 0, 0, 0),
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Array:
    total = _window_sums(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    if exclude_padding_from_average:
        count = _window_sums(np.ones_like(x[:, :1]), kernel_sizes, strides, pad_type, pad, ceil_mode)
    else:
        count = np.prod(np.asarray(kernel_sizes))[None]
    return (total / count).astype(np.float32)


def _window_sums(x: Array, kernel: Ints, strides: Ints, pad_type: str, pad: Ints, ceil_mode: bool) -> Array:
    windows = _windows(x[0], kernel, strides, pad_type, pad, ceil_mode, 0.0)
    sums: Array = np.sum(windows, axis=(-2, -1), dtype=np.float64)
    return sums[None]


def max_pool(
    x: Array,
    kernel_sizes: Ints,
    strides: Ints,
    pad_type: str,
    pad: Ints = (0, 0, 0, 0),
    ceil_mode: bool = False,
) -> Array:
    return _windows(x[0], kernel_sizes, strides, pad_type, pad, ceil_mode, -np.inf).max((-2, -1))[None]


def _windows(
    x: Array, kernel: Ints, strides: Ints, pad_type: str, pad: Ints, ceil_mode: bool, value: float
) -> Array:
    if ceil_mode:
        raise ValueError("its ceil_mode is true")
    x = _padded(x, kernel, strides, (1, 1), pad_type, pad, value)
    _steps(x, kernel, strides, (1, 1))
    height, width = (int(n) for n in kernel)
    views: Array = np.lib.stride_tricks.sliding_window_view(x, (height, width), (1, 2))  # type: ignore[call-overload]
    return views[:, :: strides[0], :: strides[1]]


def resize_bilinear(x: Array, target_size_height: int, target_size_width: int, sampling_mode: str) -> Array:
    if sampling_mode not in SAMPLING:
        raise ValueError(f"its sampling_mode is {sampling_mode!r}")
    # the axis that grows least work first: columns of a few rows, then whole rows
    for axis, target in ((3, target_size_width), (2, target_size_height)):
        if target < 1 or x.size // x.shape[axis] * target > LARGEST:
            raise ValueError("its target size is none")
        before, after, weight = SAMPLING[sampling_mode](x.shape[axis], target)
        result = np.take(x, before, axis)
        step = np.take(x, after, axis)
        step -= result
        step *= weight.astype(np.float32).reshape((-1, 1) if axis == 2 else (1, -1))
        result += step
        x = result
    return x


Sampling = tuple[Array, Array, Array]
"""Per cell of the result: the cells before and after it, and the weight of the one after."""


def _sampled(position: Array, length: int) -> Sampling:
    position = np.clip(position, 0, length - 1)
    before = position.astype(np.int64)
    return before, np.minimum(before + 1, length - 1), position - before


def _align(length: int, target: int) -> Sampling:
    if target == 1:
        return _sampled(np.array([(length - 1) / 2]), length)
    return bilinear_positions(length, target, True)


def _default(length: int, target: int) -> Sampling:
    return _sampled(np.arange(target) * (length / target), length)


def _offset(length: int, target: int) -> Sampling:
    delta = max(1, length - 1) / target
    return _sampled((np.arange(target) + 0.5) * delta, length)


SAMPLING: dict[str, Callable[[int, int], Sampling]] = {
    "STRICT_ALIGN_CORNERS": lambda length, target: bilinear_positions(length, target, True),
    "ALIGN_CORNERS": _align,
    "UNALIGN_CORNERS": lambda length, target: bilinear_positions(length, target, False),
    "DEFAULT": _default,
    "OFFSET_CORNERS": _offset,
}


def batch_norm(x: Array, mean: Array, variance: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    shift = beta - mean * scale
    result: Array = x * scale.astype(np.float32)[:, None, None] + shift.astype(np.float32)[:, None, None]
    return result


def matmul(x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    return np.matmul(
        np.swapaxes(x, -1, -2) if transpose_x else x, np.swapaxes(y, -1, -2) if transpose_y else y
    )


def concat(values: tuple[Array, ...], axis: int, interleave: bool = False) -> Array:
    if interleave:
        raise ValueError("its interleave is true")
    return np.concatenate(values, axis)


def pad(x: Array, pad: Ints, mode: str = "constant", constant_val: float = 0.0) -> Array:
    if mode != "constant":
        raise ValueError(f"its mode is {mode!r}")
    amounts = [(int(pad[2 * i]), int(pad[2 * i + 1])) for i in range(len(pad) // 2)]
    return _with_border(x, [(0, 0)] * (x.ndim - len(amounts)) + amounts, constant_val)


def slice_by_size(x: Array, begin: Ints, size: Ints) -> Array:
    cut: Any = tuple(slice(int(b), int(b + s) if s != -1 else None) for b, s in zip(begin, size, strict=True))
    return np.asarray(x[cut])


def reduce_mean(x: Array, axes: Ints, keep_dims: bool) -> Array:
    mean: Array = np.mean(x, axis=tuple(int(a) for a in axes), keepdims=keep_dims, dtype=np.float64)
    return mean.astype(np.float32)


def reduce_max(x: Array, axes: Ints, keep_dims: bool) -> Array:
    greatest: Array = np.max(x, axis=tuple(int(a) for a in axes), keepdims=keep_dims)
    return greatest


def reduce_argmax(x: Array, axis: int, keep_dims: bool, output_dtype: str = "int32") -> Array:
    return np.argmax(x, axis=axis, keepdims=keep_dims).astype(np.int32)


def reshape(x: Array, shape: Ints) -> Array:
    return x.reshape([int(n) for n in shape])


def transpose(x: Array, perm: Ints) -> Array:
    return x.transpose([int(axis) for axis in perm])


def cast(x: Array, dtype: str) -> Array:
    """The evaluator rounds to half."""
    return x.astype({"fp16": "float32", "fp32": "float32", "int32": "int32"}[dtype])


def relu6(x: Array) -> Array:
    return np.clip(x, np.float32(0), np.float32(6))


OPERATIONS: dict[str, Callable[..., Array]] = {
    "add": lambda x, y: x + y,
    "avg_pool": avg_pool,
    "batch_norm": batch_norm,
    "cast": cast,
    "concat": concat,
    "constexpr_affine_dequantize": affine.constexpr_affine_dequantize,
    "conv": conv,
    "dequantize": affine.dequantize,
    "identity": lambda x: x,
    "matmul": matmul,
    "max_pool": max_pool,
    "mul": lambda x, y: x * y,
    "pad": pad,
    "quantize": affine.quantize,
    "reduce_argmax": reduce_argmax,
    "reduce_max": reduce_max,
    "reduce_mean": reduce_mean,
    "relu": lambda x: np.maximum(x, np.float32(0)),
    "relu6": relu6,
    "reshape": reshape,
    "resize_bilinear": resize_bilinear,
    "slice_by_size": slice_by_size,
    "transpose": transpose,
}
"""MIL operations by their names."""

MOVES = frozenset(
    (
        "concat",
        "identity",
        "max_pool",
        "pad",
        "reduce_max",
        "relu",
        "relu6",
        "reshape",
        "slice_by_size",
        "transpose",
    )
)
"""Operations that give back numbers that they were given: nothing to round."""
