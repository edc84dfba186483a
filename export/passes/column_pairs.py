"""The first convolution of an int8 network reads its columns in pairs: fuller registers, the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.graph import Conv, Fold, Graph, Node, Padding
from fastscnn.graph.shapes import padding_of
from fastscnn.info import Size

COLUMNS = 2
MOST_CHANNELS = 4
"""Two columns of so many channels fill the eight numbers that a runtime's kernel takes at once."""


def apply(graph: Graph, size: Size) -> Graph:
    """H x W x C seen as H x W/2 x 2C, and a kernel 3x3 of stride 2 as one of 3x2 with stride (2, 1).

    Requires: nothing. Where the first convolution is not an int8 one that takes an even width two columns
    at a time, over few channels, the graph is left as it is.
    Does: folds the input, and lays the weights out over pairs of columns; a weight is zero where a pair
    holds a column that the kernel did not reach.
    Ensures: the same integers everywhere else: a weight of zero adds nothing, whatever it meets.
    """
    source = graph.input
    readers = [node for node in graph if source.name in node.values]
    if len(readers) != 1 or source.quant is None or size[1] % COLUMNS:
        return graph
    (first,) = readers
    conv = first.operator
    if not isinstance(conv, Conv) or not _suits(conv):
        return graph
    fold = Node(f"{source.name}.pairs", Fold(COLUMNS), (source.name,), source.quant)
    paired = replace(first, operator=_paired(conv, padding_of(conv, size)), inputs=(fold.name,))
    place = graph.nodes.index(first)
    return Graph((*graph.nodes[:place], fold, paired, *graph.nodes[place + 1 :]), graph.output)


def _suits(conv: Conv) -> bool:
    return (
        conv.stride[1] == COLUMNS
        and conv.dilation[1] == 1
        and conv.kernel[1] > 1
        and conv.groups == 1
        and conv.weight.shape[1] <= MOST_CHANNELS
    )


def _paired(conv: Conv, padding: Padding) -> Conv:
    out, channels, height, width = conv.weight.shape
    left = -(-padding.left // COLUMNS)
    # columns that padding by whole pairs puts before the first one that the kernel reads
    skipped = COLUMNS * left - padding.left
    pairs = -(-(skipped + width) // COLUMNS)
    # as many as leave the result as wide as it was
    right = (padding.left + padding.right - width) // COLUMNS - left + pairs
    columns = np.zeros((out, channels, height, COLUMNS * pairs), conv.weight.dtype)
    columns[..., skipped : skipped + width] = conv.weight
    weight = columns.reshape(out, channels, height, pairs, COLUMNS).transpose(0, 4, 1, 2, 3)
    return replace(
        conv,
        weight=np.ascontiguousarray(weight.reshape(out, COLUMNS * channels, height, pairs)),
        stride=(conv.stride[0], 1),
        padding=replace(padding, left=left, right=right),
        border=None if conv.border is None else np.tile(conv.border, COLUMNS),
    )
