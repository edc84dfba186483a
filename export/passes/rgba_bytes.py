"""A quantized network takes a camera frame's four bytes, R G B A, as they lie in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.first_layer import first_convolution
from fastscnn.graph.graph import MOST, Array, Conv, Dequantize, Graph, Input

COLORS = 3


def apply(graph: Graph) -> Graph:
    """Four channels in.

    Requires: a graph quantized on pixels; its first convolution, or that after a dequantize, reads them.
    Does: gives that convolution a fourth input channel of weight zero.
    Ensures: the same integers everywhere else, whatever alpha holds.
    """
    source = graph.input
    if not isinstance(source.operator, Input) or source.operator.channels != COLORS or source.quant is None:
        raise ValueError("the graph does not take pixels of three channels")
    entered = next(
        (node.name for node, _ in graph.of(Dequantize) if node.inputs == (source.name,)), source.name
    )
    first = first_convolution(graph, entered)
    assert isinstance(first.operator, Conv)
    changed = {
        source.name: replace(source, operator=Input(COLORS + 1)),
        first.name: replace(first, operator=_with_alpha(first.operator)),
    }
    return Graph(tuple(changed.get(node.name, node) for node in graph), graph.output)


def _with_alpha(conv: Conv) -> Conv:
    out, _, height, width = conv.weight.shape
    weight = np.concatenate([conv.weight, np.zeros((out, 1, height, width), conv.weight.dtype)], axis=1)
    return replace(conv, weight=weight, border=_opaque(conv.border))


def _opaque(border: Array | None) -> Array | None:
    if border is None:
        return None
    alpha = MOST if border.dtype == np.int8 else 2 * MOST + 1
    return np.append(border, border.dtype.type(alpha))
