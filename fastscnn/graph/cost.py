"""What a Graph asks of a machine at one size, estimated: multiplications, and memory for its maps."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from fastscnn.graph.graph import Conv, Graph, Node, Pair
from fastscnn.graph.shapes import resolve

WORD = 4
"""Bytes of a float32 or int32 value; an int8 one has one."""


@dataclass(frozen=True)
class Cost:
    """Estimates: a runtime may fuse, copy or pack as it likes."""

    macs: int
    """Multiply-accumulates of the convolutions; the other operators multiply next to nothing."""
    parameters: int
    """Weights and biases."""
    peak_bytes: int
    """The most that maps which are still needed hold at once, those of the node at work included."""
    peak_at: str
    """The node at work then."""


def estimate(graph: Graph, size: Pair) -> Cost:
    """The cost of one picture of this height and width."""
    shapes = resolve(graph, size)
    macs = parameters = 0
    for node, conv in graph.of(Conv):
        macs += prod(shapes[node.name]) * prod(conv.weight.shape[1:])
        parameters += conv.weight.size + conv.bias.size
    held = {node.name: prod(shapes[node.name]) * _width(node) for node in graph}
    peak_at, peak = _peak(graph, held)
    return Cost(macs, parameters, peak, peak_at)


def _width(node: Node) -> int:
    return 1 if node.quant is not None else WORD


def _peak(graph: Graph, held: dict[str, int]) -> tuple[str, int]:
    """The node at which most bytes are alive, nodes in their order; a size that is only asked for is free."""
    last = {name: node.name for node in graph for name in node.values}
    alive: dict[str, int] = {}
    peak_at, peak = graph.input.name, 0
    for node in graph:
        alive[node.name] = held[node.name]
        if sum(alive.values()) > peak:
            peak_at, peak = node.name, sum(alive.values())
        for name in (*node.values, node.name):
            if last.get(name, node.name) == node.name and name != graph.output:
                alive.pop(name, None)
    return peak_at, peak
