"""An affine step before a convolution becomes part of that convolution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.graph import Affine, Array, Conv, Graph, Node, Padding


def apply(graph: Graph, *, borders: bool = False) -> Graph:
    """One operator less at the largest size.

    Requires: nothing.
    Does: folds scale and shift, in float64, into the weight and bias of a dense convolution that alone reads
    them. A convolution that pads is left, as its zeros stand for the mean pixel, not for black; or, with
    `borders`, that pixel becomes its border.
    Ensures: the same values, to rounding.
    """
    for node, affine in graph.of(Affine):
        readers = graph.consumers(node.name)
        if len(readers) != 1 or node.name == graph.output:
            continue
        conv = readers[0].operator
        if not isinstance(conv, Conv) or conv.groups != 1 or conv.border is not None:
            continue
        if borders or conv.padding == Padding():
            folded = Node(readers[0].name, _folded(conv, affine), node.inputs)
            kept = tuple(folded if n is readers[0] else n for n in graph if n is not node)
            return apply(Graph(kept, graph.output), borders=borders)
    return graph


def _folded(conv: Conv, affine: Affine) -> Conv:
    weight = conv.weight.astype(np.float64)
    shift = affine.shift.astype(np.float64)
    bias = conv.bias.astype(np.float64) + np.einsum("oihw,i->o", weight, shift)
    scaled = weight * affine.scale.astype(np.float64)[None, :, None, None]
    zero: Array = -shift / affine.scale
    return replace(
        conv,
        weight=scaled.astype(np.float32),
        bias=bias.astype(np.float32),
        border=None if conv.padding == Padding() else zero.astype(np.float32),
    )
