"""Adaptive pooling in ONNX, which has none: windows where they are regular, constants where they are not."""

from __future__ import annotations

import numpy as np

from export.formats.onnx.emitter import Emitter
from fastscnn.graph.graph import Array, Node, Pair, Pool
from fastscnn.graph.shapes import windows

AXES = ("rows", "columns")


def pool(emit: Emitter, node: Node, operator: Pool) -> None:
    """At most three nodes: one for each axis whose bins are irregular, one for the rest."""
    average = operator.kind == "average"
    if operator.bins == (1, 1):
        kind = "GlobalAveragePool" if average else "GlobalMaxPool"
        emit.node(kind, [emit.source(node.inputs[0])], emit.result(node), node.name)
        return
    source = emit.source(node.inputs[0])
    result = emit.result(node)
    lengths = emit.size(node.inputs[0])
    irregular = [axis for axis in (0, 1) if regular_window(lengths[axis], operator.bins[axis]) is None]
    for axis in irregular:
        last = average and len(irregular) == 2 and axis == 1
        output = result if last else emit.fresh(f"{node.name}.{AXES[axis]}")
        name = node.name if last else output
        if average:
            source = _averaged(emit, node.name, source, output, name, axis, (lengths, operator.bins))
        else:
            indices = emit.constant(
                f"{node.name}.{AXES[axis]}.indices", window_cells(lengths[axis], operator.bins[axis])
            )
            source = emit.node("Gather", [source, indices], output, name, axis=axis + 2)
    if source == result:
        return
    kernel, stride = [], []
    for axis in (0, 1):
        window = regular_window(lengths[axis], operator.bins[axis])
        if window is None:
            # A matrix has done this axis's average; gathered cells stand window by window.
            longest = (
                1 if average else len(window_cells(lengths[axis], operator.bins[axis])) // operator.bins[axis]
            )
            window = (longest, longest)
        kernel.append(window[0])
        stride.append(window[1])
    emit.node(
        "AveragePool" if average else "MaxPool",
        [source],
        result,
        node.name,
        kernel_shape=kernel,
        strides=stride,
    )


def _averaged(
    emit: Emitter, prefix: str, source: str, output: str, name: str, axis: int, sizes: tuple[Pair, Pair]
) -> str:
    lengths, bins = sizes
    matrix = averages(lengths[axis], bins[axis]).astype(emit.real)
    if axis == 0:
        return emit.node(
            "MatMul", [emit.constant(f"{prefix}.{AXES[0]}.shares", matrix), source], output, name
        )
    return emit.node("MatMul", [source, emit.constant(f"{prefix}.{AXES[1]}.shares", matrix.T)], output, name)


def regular_window(length: int, bins: int) -> Pair | None:
    """Kernel and stride, where every bin is equally long and starts equally far from the one before."""
    spans = windows(length, bins)
    kernel = spans[0][1]
    stride = spans[1][0] if bins > 1 else kernel
    if stride < 1 or any(span != (i * stride, i * stride + kernel) for i, span in enumerate(spans)):
        return None
    return kernel, stride


def averages(length: int, bins: int) -> Array:
    """The matrix whose row i takes the mean of bin i."""
    matrix = np.zeros((bins, length))
    for row, (start, end) in zip(matrix, windows(length, bins), strict=True):
        row[start:end] = 1 / (end - start)
    return matrix


def window_cells(length: int, bins: int) -> Array:
    """The cells of every bin one after the other, each bin's last repeated until all are equally long."""
    spans = windows(length, bins)
    longest = max(end - start for start, end in spans)
    cells = [min(start + i, end - 1) for start, end in spans for i in range(longest)]
    return np.array(cells, np.int64)
