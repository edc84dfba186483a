"""Adaptive pooling with plain operators, all of which XNNPACK takes.

Where all bins are alike it is the runtime's own pooling. Elsewhere an average is one constant matrix over the
map's cells, and a maximum is taken over a map in which every cell is repeated until the bins are alike.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd

import numpy as np

from export.formats.tflite.flatbuffer import options
from export.formats.tflite.sheet import VALID, Sheet
from fastscnn.graph.graph import Array, Node, Pair, Pool
from fastscnn.graph.shapes import windows


def pool(sheet: Sheet, node: Node, operator: Pool) -> int:
    height, width, _ = sheet.shapes[node.inputs[0]]
    rows, columns = _uniform(height, operator.bins[0]), _uniform(width, operator.bins[1])
    if rows and columns:
        return _window(sheet, operator.kind, sheet.tensors[node.inputs[0]], sheet.result(node), rows, columns)
    return _average(sheet, node, operator) if operator.kind == "average" else _maximum(sheet, node, operator)


def _uniform(length: int, bins: int) -> Pair | None:
    """Kernel and stride of one window that slides over all bins, where there is one."""
    spans = windows(length, bins)
    kernels = {end - start for start, end in spans}
    strides = {after[0] - before[0] for before, after in pairwise(spans)} or kernels
    if len(kernels) > 1 or len(strides) > 1 or 0 in strides:
        return None
    return next(iter(kernels)), next(iter(strides))


def _window(sheet: Sheet, kind: str, source: int, result: int, rows: Pair, columns: Pair) -> int:
    chosen = options(
        "Pool2D",
        padding=VALID,
        filterHeight=rows[0],
        strideH=rows[1],
        filterWidth=columns[0],
        strideW=columns[1],
    )
    code = "AVERAGE_POOL_2D" if kind == "average" else "MAX_POOL_2D"
    return sheet.model.operator(code, [source], result, chosen)


def _average(sheet: Sheet, node: Node, operator: Pool) -> int:
    """The cells as channels, a 1x1 convolution from cells to bins, and back."""
    height, width, channels = sheet.shapes[node.inputs[0]]
    matrix = _matrix((height, width), operator.bins)
    bins = len(matrix)
    inputs = [
        _cells_last(sheet, node.inputs[0]),
        sheet.model.constant(f"{node.name}/bins", matrix.reshape(bins, 1, 1, height * width)),
        sheet.model.constant(f"{node.name}/zero", np.zeros(bins, np.float32)),
    ]
    pooled = sheet.model.tensor(f"{node.name}/pooled", (1, 1, channels, bins))
    sheet.model.operator("CONV_2D", inputs, pooled, options("Conv2D", padding=VALID, strideH=1, strideW=1))
    turned = sheet.transposed(pooled, f"{node.name}/turned", (1, 1, bins, channels))
    return sheet.reshaped(turned, node.name, sheet.shape(node.name))


def _cells_last(sheet: Sheet, name: str) -> int:
    """A map as 1 x 1 x channels x cells, shared by all pools of this map."""
    key = f"{name}/cells"
    if key not in sheet.tensors:
        height, width, channels = sheet.shapes[name]
        flat = sheet.reshaped(sheet.tensors[name], f"{name}/flat", (1, 1, height * width, channels))
        sheet.tensors[key] = sheet.transposed(flat, key, (1, 1, channels, height * width))
    return sheet.tensors[key]


def _matrix(size: Pair, bins: Pair) -> Array:
    """Row b holds 1 / area at the cells of bin b."""
    rows, columns = (
        np.stack([_span(length, start, end) for start, end in windows(length, n)])
        for length, n in zip(size, bins, strict=True)
    )
    matrix: Array = np.kron(rows, columns).astype(np.float32)
    return matrix


def _span(length: int, start: int, end: int) -> Array:
    cells = np.arange(length)
    share: Array = ((cells >= start) & (cells < end)) / np.float64(end - start)
    return share


def _maximum(sheet: Sheet, node: Node, operator: Pool) -> int:
    """Every cell stands so often that a bin's edges fall between two of them. Times one is exact."""
    height, width, channels = sheet.shapes[node.inputs[0]]
    down, across = (bins // gcd(n, bins) for n, bins in zip((height, width), operator.bins, strict=True))
    apart = sheet.reshaped(
        sheet.tensors[node.inputs[0]], f"{node.name}/apart", (height, 1, width, 1, channels)
    )
    ones = sheet.model.constant(f"{node.name}/ones", np.ones((1, down, 1, across, 1), np.float32))
    spread = sheet.model.tensor(f"{node.name}/spread", (height, down, width, across, channels))
    sheet.model.operator("MUL", [apart, ones], spread, options("Mul"))
    repeated = sheet.reshaped(spread, f"{node.name}/repeated", (1, height * down, width * across, channels))
    rows, columns = height * down // operator.bins[0], width * across // operator.bins[1]
    return _window(sheet, "max", repeated, sheet.result(node), (rows, rows), (columns, columns))
