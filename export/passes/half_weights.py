"""Weights stored in float16: half the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscnn.errors import GateError
from fastscnn.graph.graph import Conv, Graph, Node


def apply(graph: Graph) -> Graph:
    """Convolutions' weights and biases in float16.

    Requires: float32 weights.
    Does: rounds them to nearest, ties to even.
    Ensures: finite numbers; a weight beyond 65504 is refused, not stored as infinity.
    """
    return Graph(tuple(_halved(node) for node in graph), graph.output)


def _halved(node: Node) -> Node:
    conv = node.operator
    if not isinstance(conv, Conv):
        return node
    with np.errstate(over="ignore"):
        weight, bias = conv.weight.astype(np.float16), conv.bias.astype(np.float16)
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise GateError(
            f"{node.name} has a weight or bias beyond float16's largest number, 65504.", "Export --fp32."
        )
    return replace(node, operator=replace(conv, weight=weight, bias=bias))
