"""Adaptive pooling with plain operators, all of which XNNPACK takes.

Where one window slides over all bins it is the runtime's own pooling. Elsewhere, and always in int8, an
average is one constant matrix over the map's cells, and a maximum is taken over a map in which every cell is
repeated until one does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.formats.tflite.bins import members, shares
from export.formats.tflite.builder import options
from export.formats.tflite.quantization import Quantization
from export.formats.tflite.sheet import VALID, Sheet
from fastscnn.graph.graph import Array, Node, Pool
from fastscnn.graph.integers import bias_scales
from fastscnn.graph.shapes import windows

MOST_JOINED = 5
"""XNNPACK takes a CONCATENATION of up to five tensors."""


@dataclass(frozen=True)
class Sliding:
    """One window that slides over all bins of an axis, once every cell is repeated."""

    repeats: int
    kernel: int
    stride: int


def sliding(length: int, bins: int) -> Sliding:
    """The one with the fewest repeats; with as many repeats as bins there always is one."""
    for repeats in range(1, bins):
        if found := _slides(length, bins, repeats):
            return found
    return Sliding(bins, length, length)


def _slides(length: int, bins: int, repeats: int) -> Sliding | None:
    """A window may begin and end anywhere inside the repeats of its first and last cell."""
    spans = list(enumerate(windows(length, bins)))
    low = max(-(-start * repeats // i) for i, (start, _) in spans[1:])
    high = min((start * repeats + repeats - 1) // i for i, (start, _) in spans[1:])
    for stride in range(max(low, 1), high + 1):
        least = max((end - 1) * repeats + 1 - i * stride for i, (_, end) in spans)
        most = min(end * repeats - i * stride for i, (_, end) in spans)
        if 1 <= least <= most and (length * repeats - most) // stride + 1 == bins:
            return Sliding(repeats, most, stride)
    return None


def pool(sheet: Sheet, node: Node, operator: Pool) -> int:
    height, width, _ = sheet.shapes[node.inputs[0]]
    rows, columns = sliding(height, operator.bins[0]), sliding(width, operator.bins[1])
    source = sheet.tensors[node.inputs[0]]
    # the runtimes' own int8 average is not delegated, and rounds halves otherwise
    own = operator.kind == "max" or node.quant is None
    if own and rows.repeats == columns.repeats == 1:
        return _window(sheet, operator.kind, source, sheet.result(node), rows, columns)
    if operator.kind == "average":
        return _average(sheet, node, operator)
    repeated = _repeated(sheet, node, rows.repeats, columns.repeats)
    return _window(sheet, "max", repeated, sheet.result(node), rows, columns)


def _window(sheet: Sheet, kind: str, source: int, result: int, rows: Sliding, columns: Sliding) -> int:
    chosen = options(
        "Pool2D",
        padding=VALID,
        filterHeight=rows.kernel,
        strideH=rows.stride,
        filterWidth=columns.kernel,
        strideW=columns.stride,
    )
    code = "AVERAGE_POOL_2D" if kind == "average" else "MAX_POOL_2D"
    return sheet.model.operator(code, [source], result, chosen)


def _average(sheet: Sheet, node: Node, operator: Pool) -> int:
    """The cells as channels, a 1x1 convolution from cells to bins, and back."""
    height, width, channels = sheet.shapes[node.inputs[0]]
    matrix = members((height, width), operator.bins)
    bins = len(matrix)
    cells = _cells_last(sheet, node.inputs[0])
    inputs = [cells, *_constants(sheet, node, matrix)]
    pooled = sheet.model.like(cells, f"{node.name}/pooled", (1, 1, channels, bins))
    sheet.model.operator("CONV_2D", inputs, pooled, options("Conv2D", padding=VALID, strideH=1, strideW=1))
    turned = sheet.transposed(pooled, f"{node.name}/turned", (1, 1, bins, channels))
    return sheet.reshaped(turned, node.name, sheet.shape(node.name))


def _constants(sheet: Sheet, node: Node, matrix: Array) -> tuple[int, int]:
    """The matrix as a 1x1 convolution's weight, and no bias; in int8 the areas are the weight's scales."""
    bins, cells = matrix.shape
    weight = matrix.reshape(bins, 1, 1, cells)
    part = shares(matrix)
    if node.quant is None:
        return (
            sheet.model.constant(f"{node.name}/bins", weight * part[:, None, None, None]),
            sheet.model.constant(f"{node.name}/zero", np.zeros(bins, np.float32)),
        )
    products = Quantization.of_channels(bias_scales(part, node.quant))
    return (
        sheet.model.constant(f"{node.name}/bins", weight, Quantization.of_channels(part)),
        sheet.model.constant(f"{node.name}/zero", np.zeros(bins, np.int32), products),
    )


def _cells_last(sheet: Sheet, name: str) -> int:
    """A map as 1 x 1 x channels x cells, shared by all pools of this map."""
    key = f"{name}/cells"
    if key not in sheet.tensors:
        height, width, channels = sheet.shapes[name]
        flat = sheet.reshaped(sheet.tensors[name], f"{name}/flat", (1, 1, height * width, channels))
        sheet.tensors[key] = sheet.transposed(flat, key, (1, 1, channels, height * width))
    return sheet.tensors[key]


def _repeated(sheet: Sheet, node: Node, down: int, across: int) -> int:
    """Every cell so often along each axis: copies behind the channels, and behind the columns."""
    height, width, channels = sheet.shapes[node.inputs[0]]
    wide = (1, height, width, channels * across)
    beside = _copies(sheet, sheet.tensors[node.inputs[0]], f"{node.name}/beside", across, 3, wide)
    wide = (1, height, width * down, channels * across)
    below = _copies(sheet, beside, f"{node.name}/below", down, 2, wide)
    return sheet.reshaped(below, f"{node.name}/repeated", (1, height * down, width * across, channels))


def _copies(sheet: Sheet, source: int, name: str, times: int, axis: int, shape: tuple[int, ...]) -> int:
    """A map so often along an axis, by fives where it is often."""
    if times == 1:
        return source
    sources = [source] * times
    if times > MOST_JOINED:
        fives = (*shape[:axis], shape[axis] // times * MOST_JOINED, *shape[axis + 1 :])
        joined = _copies(sheet, source, f"{name}/{MOST_JOINED}", MOST_JOINED, axis, fives)
        sources = [joined] * (times // MOST_JOINED) + [source] * (times % MOST_JOINED)
    chosen = options("Concatenation", axis=axis)
    return sheet.model.operator("CONCATENATION", sources, sheet.model.like(source, name, shape), chosen)
