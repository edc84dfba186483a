"""The network takes a camera frame's four bytes, R G B A, as they lie in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.passes.image_input import INPUT
from fastscnn.graph.first_layer import first_convolution, in_rgb, rgb
from fastscnn.graph.graph import Array, Conv, Graph, Input, Node, Padding
from fastscnn.info import Preprocessing

OPAQUE = 255.0


def apply(graph: Graph, preprocessing: Preprocessing) -> Graph:
    """Four channels in, without a step of preprocessing.

    Requires: an input of three channels in the network's order, read by one convolution.
    Does: folds the normalisation into that convolution. Where it pads, its zeros must stand for the mean
    pixel, so alpha, which is 255 inside the frame and 0 in the padding, carries the mean. Where it pads
    nothing, the mean is in the bias and alpha's weight is 0.
    Ensures: the same values, to rounding, for opaque frames.
    """
    first = first_convolution(graph)
    conv = first.operator
    assert isinstance(conv, Conv)
    operator = _with_alpha(conv, preprocessing)
    source = graph.input.name
    nodes = [Node(INPUT, Input(4))]
    for node in graph.nodes[1:]:
        inputs = tuple(INPUT if name == source else name for name in node.inputs)
        nodes.append(Node(node.name, operator if node is first else node.operator, inputs))
    return Graph(tuple(nodes), graph.output)


def _with_alpha(conv: Conv, preprocessing: Preprocessing) -> Conv:
    mean, std = rgb(preprocessing)
    scaled = in_rgb(conv.weight, preprocessing).astype(np.float64) / std[None, :, None, None]
    shift: Array = -np.einsum("oihw,i->ohw", scaled, mean)
    bias = conv.bias.astype(np.float64)
    if conv.padding == Padding():
        alpha = np.zeros_like(shift)
        bias = bias + shift.sum(axis=(1, 2))
    else:
        alpha = shift / OPAQUE
    weight = np.concatenate([scaled, alpha[:, None]], axis=1)
    return replace(conv, weight=weight.astype(np.float32), bias=bias.astype(np.float32))
