"""Normalised floats into an int8 network, as converters leave it by default: what is compared with ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.first_layer import first_convolution
from fastscnn.graph.graph import Conv, Graph, Input, Node, Quant, Quantize
from quantize.pixels import PIXELS

INPUT = "input"
QUANTIZED = f"{INPUT}.int8"
STD = 128.0
"""A pixel divided by it is a float that its integer comes back from; a power of two moves no scale."""


def apply(graph: Graph) -> Graph:
    """Pixels / 128 in, where the pixels' bytes were.

    Requires: a graph quantized on pixels, its first convolution in int8.
    Does: puts a quantize before that convolution, whose weight scales grow by what the pixels shrank.
    Ensures: the same integers at every tensor.
    """
    source = graph.input
    if source.quant != PIXELS or not isinstance(source.operator, Input):
        raise ValueError("the graph does not take pixels in integers")
    first = first_convolution(graph)
    conv = first.operator
    assert isinstance(conv, Conv)
    if conv.scales is None or first.quant is None:
        raise ValueError("the first convolution is not in integers")
    scales = (conv.scales.astype(np.float64) * STD).astype(np.float32)
    quant = Quant(1 / STD, PIXELS.zero_point)
    nodes = [Node(INPUT, source.operator), Node(QUANTIZED, Quantize(), (INPUT,), quant)]
    for node in graph.nodes[1:]:
        name = QUANTIZED if source.name in node.values else INPUT
        inputs = tuple(name if i == source.name else i for i in node.inputs)
        operator = replace(conv, scales=scales) if node is first else node.operator
        nodes.append(replace(node, operator=operator, inputs=inputs))
    return Graph(tuple(nodes), graph.output)
