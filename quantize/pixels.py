"""The network takes RGB pixels, integers already; normalisation moves into the first convolution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.first_layer import first_convolution, in_rgb, rgb
from fastscnn.graph.graph import LEAST, Conv, Graph, Input, Node, Padding, Quant
from fastscnn.info import Preprocessing

INPUT = "image"
PIXELS = Quant(1.0, LEAST)
"""A pixel 0..255 is the int8 number pixel - 128: nothing is lost."""


def apply(graph: Graph, preprocessing: Preprocessing) -> Graph:
    """Pixels in, where the torch network's own tensor was.

    Requires: an input of three channels in the network's order, read by one convolution
    (and by resizes that only take its size).
    Does: folds mean, standard deviation and channel order into that convolution, in float64.
    Ensures: the same values, to rounding, where it pads nothing. Where it pads, its border is the rounded
    mean pixel: what the zeros around a normalised picture stand for, as nearly as pixels can.
    """
    first = first_convolution(graph)
    assert isinstance(first.operator, Conv)
    folded = _folded(first.operator, preprocessing)
    source = graph.input.name
    nodes = [Node(INPUT, Input(3))]
    for node in graph.nodes[1:]:
        inputs = tuple(INPUT if name == source else name for name in node.inputs)
        nodes.append(Node(node.name, folded if node is first else node.operator, inputs))
    return Graph(tuple(nodes), graph.output)


def _folded(conv: Conv, preprocessing: Preprocessing) -> Conv:
    mean, std = rgb(preprocessing)
    weight = in_rgb(conv.weight, preprocessing).astype(np.float64) / std[None, :, None, None]
    bias = conv.bias.astype(np.float64) - np.einsum("oihw,i->o", weight, mean)
    border = None if conv.padding == Padding() else np.rint(mean).clip(0, 255).astype(np.float32)
    return replace(conv, weight=weight.astype(np.float32), bias=bias.astype(np.float32), border=border)
