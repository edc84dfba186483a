"""One small function per operator of the Graph: what it is in MIL (NCHW, iOS 16), on float maps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from export.formats.coreml import quantization
from export.formats.coreml.layer import Layer, Var
from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
    Affine,
    Argmax,
    Array,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Operator,
    Pad,
    Padding,
    Pool,
    Quantize,
    Resize,
)
from fastscnn.graph.shapes import padding_of, windows


def _activated(layer: Layer, x: Var, kind: ActivationKind) -> Var:
    return x if kind == "none" else layer.emit(kind, kind, x=x)


def _conv(layer: Layer, conv: Conv, x: Var) -> Var:
    pad = padding_of(conv, layer.sources[0][:2])
    if conv.border is not None and pad:
        x = quantization.bordered(layer, conv.border, pad, x)
        pad = Padding()
    y = layer.emit(
        "conv",
        x=x,
        weight=quantization.weight(layer, conv),
        bias=quantization.bias(layer, conv),
        strides=list(conv.stride),
        pad_type="custom",
        pad=[pad.top, pad.bottom, pad.left, pad.right],
        dilations=list(conv.dilation),
        groups=conv.groups,
    )
    return _activated(layer, y, conv.activation)


def _add(layer: Layer, add: Add, x: Var, y: Var) -> Var:
    return _activated(layer, layer.emit("add", x=x, y=y), add.activation)


def _concat(layer: Layer, concat: Concat, *sources: Var) -> Var:
    return layer.emit("concat", values=list(sources), axis=1)


def _resize(layer: Layer, resize: Resize, x: Var, like: Var = None) -> Var:
    height, width, _ = layer.shape
    rows, columns, _ = layer.sources[0]
    if (rows, columns) == (height, width):
        return layer.emit("identity", x=x)
    if not resize.align_corners:
        mode = "UNALIGN_CORNERS"
    else:
        # STRICT_ALIGN_CORNERS would divide by zero for a side of one cell; this mode defines it,
        # as the middle of the source, so that the first cell, which torch takes, is cut out before
        mode = "ALIGN_CORNERS"
        kept = (1 if height == 1 else rows, 1 if width == 1 else columns)
        if kept != (rows, columns):
            x = layer.emit("slice_by_size", "first", x=x, begin=[0, 0, 0, 0], size=[1, layer.shape[2], *kept])
    return layer.emit(
        "resize_bilinear", x=x, target_size_height=height, target_size_width=width, sampling_mode=mode
    )


def _pool(layer: Layer, pool: Pool, x: Var) -> Var:
    bins = [windows(n, b) for n, b in zip(layer.sources[0][:2], pool.bins, strict=True)]
    if pool.bins == (1, 1):
        reduce = "reduce_mean" if pool.kind == "average" else "reduce_max"
        return layer.emit(reduce, x=x, axes=[2, 3], keep_dims=True)
    steps = [_even(axis) for axis in bins]
    if steps[0] and steps[1]:
        (height, down), (width, right) = steps[0], steps[1]
        return layer.emit(
            "avg_pool" if pool.kind == "average" else "max_pool",
            x=x,
            kernel_sizes=[height, width],
            strides=[down, right],
            pad_type="valid",
        )
    return _averages(layer, bins, x) if pool.kind == "average" else _maxima(layer, bins, x)


def _even(bins: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Length and step of bins that are all of one length and one step apart; else nothing."""
    lengths = {end - start for start, end in bins}
    steps = {after[0] - before[0] for before, after in pairwise(bins)} or {1}
    if len(lengths) > 1 or len(steps) > 1 or 0 in steps:
        return None
    return lengths.pop(), steps.pop()


def _averages(layer: Layer, bins: list[list[tuple[int, int]]], x: Var) -> Var:
    """Bins of different sizes: a product with a constant matrix for each axis."""
    rows, columns = (_averaging(axis, n) for axis, n in zip(bins, layer.sources[0][:2], strict=True))
    x = layer.emit("matmul", "columns", x=x, y=layer.constant(columns.T[None, None]))
    return layer.emit("matmul", x=layer.constant(rows[None, None]), y=x)


def _averaging(bins: list[tuple[int, int]], length: int) -> Array:
    matrix = np.zeros((len(bins), length))
    for row, (start, end) in zip(matrix, bins, strict=True):
        row[start:end] = 1 / (end - start)
    return matrix


def _maxima(layer: Layer, bins: list[list[tuple[int, int]]], x: Var) -> Var:
    """Bins of different sizes: slices, their maxima, and these side by side; for each axis."""
    height, _, channels = layer.sources[0]
    for axis, part, whole in ((3, "columns", "columns"), (2, "rows", "")):
        found = []
        for i, (start, end) in enumerate(bins[axis - 2]):
            begin, size = [0, 0, 0, 0], [1, channels, height, len(bins[1])]
            begin[axis], size[axis] = start, end - start
            window = layer.emit("slice_by_size", f"{part}.{i}.slice", x=x, begin=begin, size=size)
            found.append(layer.emit("reduce_max", f"{part}.{i}", x=window, axes=[axis], keep_dims=True))
        x = layer.emit("concat", whole, values=found, axis=axis) if len(found) > 1 else found[0]
    return x


def _affine(layer: Layer, affine: Affine, x: Var) -> Var:
    # one operation, so that half precision rounds once; scale and shift as they are
    ones = np.ones_like(affine.scale)
    return layer.emit(
        "batch_norm",
        x=x,
        mean=layer.constant(0 * ones),
        variance=layer.constant(ones),
        gamma=layer.constant(affine.scale),
        beta=layer.constant(affine.shift),
        epsilon=layer.dtype(0),
    )


def _activation(layer: Layer, activation: Activation, x: Var) -> Var:
    return layer.emit("identity" if activation.kind == "none" else activation.kind, x=x)


def _pad(layer: Layer, pad: Pad, x: Var) -> Var:
    p = pad.padding
    return layer.emit(
        "pad",
        x=x,
        pad=[0, 0, 0, 0, p.top, p.bottom, p.left, p.right],
        mode="constant",
        constant_val=layer.dtype(0),
    )


def _fold(layer: Layer, fold: Fold, x: Var) -> Var:
    """Channels lie apart in memory here: the columns of a group are first brought before them."""
    height, width, channels = layer.shape
    split = [1, channels // fold.columns, height, width, fold.columns]
    x = layer.emit("reshape", "split", x=x, shape=split)
    x = layer.emit("transpose", "turned", x=x, perm=[0, 4, 1, 2, 3])
    return layer.emit("reshape", x=x, shape=[1, channels, height, width])


def _argmax(layer: Layer, argmax: Argmax, x: Var) -> Var:
    return layer.emit("reduce_argmax", x=x, axis=1, keep_dims=False)


def _quantize(layer: Layer, quantize: Quantize, x: Var) -> Var:
    """What ends every quantized node is all that this one does."""
    return x


def _dequantize(layer: Layer, dequantize: Dequantize, x: Var) -> Var:
    (quant,) = layer.quants
    assert quant is not None
    return quantization.from_int8(layer, "", x, quant)


WRITERS: dict[type[Operator], Callable[..., Var]] = {
    Conv: _conv,
    Add: _add,
    Concat: _concat,
    Resize: _resize,
    Pool: _pool,
    Affine: _affine,
    Activation: _activation,
    Pad: _pad,
    Fold: _fold,
    Argmax: _argmax,
    Quantize: _quantize,
    Dequantize: _dequantize,
}
