"""The network takes RGB pixels 0..255; normalisation and channel order move inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.graph.first_layer import first_convolution, in_rgb, rgb
from fastscnn.graph.graph import Affine, Conv, Graph, Input, Node
from fastscnn.info import Preprocessing

INPUT = "image"
NORMALISED = "image.normalised"


def apply(graph: Graph, preprocessing: Preprocessing) -> Graph:
    """Pixels in, where the torch network's own tensor was.

    Requires: an input of three channels in the network's order, read by one convolution
    (and by resizes that only take its size).
    Does: puts an affine step before that convolution and turns its channels to RGB.
    Ensures: the same values at every tensor after the first convolution, to rounding.
    """
    first = first_convolution(graph)
    conv = first.operator
    assert isinstance(conv, Conv)
    turned = replace(conv, weight=in_rgb(conv.weight, preprocessing))
    mean, std = rgb(preprocessing)
    affine = Affine((1 / std).astype(np.float32), (-mean / std).astype(np.float32))
    source = graph.input.name
    nodes: list[Node] = [
        Node(INPUT, Input(3)),
        Node(NORMALISED, affine, (INPUT,)),
    ]
    for node in graph.nodes[1:]:
        name = NORMALISED if node is first else INPUT
        inputs = tuple(name if i == source else i for i in node.inputs)
        nodes.append(Node(node.name, turned if node is first else node.operator, inputs))
    return Graph(tuple(nodes), graph.output)
