"""A float Graph and the numbers that were decided for it become the quantized Graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from fastscnn.graph.graph import (
    KEEPING,
    Add,
    Argmax,
    Array,
    Conv,
    Dequantize,
    Graph,
    Input,
    Node,
    Quant,
    Quantize,
)
from fastscnn.graph.integers import quantize
from quantize.weights import integer_bias


@dataclass(frozen=True, eq=False)
class Weights:
    """A convolution's integers: int8 (out, in / groups, height, width), and a float32 scale an output."""

    numbers: Array
    scales: Array


def assemble(
    graph: Graph,
    quants: Mapping[str, Quant],
    weights: Mapping[str, Weights],
    floats: Collection[str] = (),
) -> Graph:
    """The quantized Graph.

    Requires: a quant for every tensor that a quantized node gives or takes, equal where it is shared;
    weights for every quantized convolution. `floats` are the nodes that stay as they are.
    Ensures: quantize and dequantize nodes exactly where float meets int8, each once.
    """
    assembly = _Assembly(graph, quants, weights, frozenset(floats))
    for node in graph:
        assembly.add(node)
    return Graph(tuple(assembly.nodes), graph.output)


class _Assembly:
    def __init__(
        self,
        graph: Graph,
        quants: Mapping[str, Quant],
        weights: Mapping[str, Weights],
        floats: frozenset[str],
    ) -> None:
        self.graph, self.quants, self.weights, self.floats = graph, quants, weights, floats
        self.nodes: list[Node] = []
        self.crossed: dict[str, str] = {}
        self.integer: set[str] = set()

    def add(self, node: Node) -> None:
        if isinstance(node.operator, Argmax):
            self.nodes.append(node)
            return
        quantized = node.name not in self.floats
        values = set(node.values)
        inputs = tuple(self.border(name, quantized) if name in values else name for name in node.inputs)
        if not quantized:
            self.nodes.append(replace(node, inputs=inputs))
            return
        quant = self.quants[node.name]
        if isinstance(node.operator, KEEPING) and any(self.quants[name] != quant for name in values):
            raise ValueError(f"{node.name} and what it takes do not share one quantization")
        operator = node.operator
        if isinstance(operator, Conv):
            operator = self.convolution(operator, node, self.quants[node.inputs[0]])
        elif not isinstance(operator, (*KEEPING, Input, Add)):
            raise ValueError(f"{node.name} ({type(operator).__name__}) has no integer arithmetic")
        self.nodes.append(Node(node.name, operator, inputs, quant))
        self.integer.add(node.name)

    def convolution(self, conv: Conv, node: Node, source: Quant) -> Conv:
        chosen = self.weights[node.name]
        border = quantize(conv.border, source) if conv.border is not None else None
        return replace(
            conv,
            weight=chosen.numbers,
            scales=chosen.scales,
            bias=integer_bias(conv.bias, chosen.scales, source),
            border=border,
        )

    def border(self, name: str, quantized: bool) -> str:
        """A tensor in int8 or in float, with a node in between where it is not so already."""
        if (name in self.integer) == quantized:
            return name
        if name not in self.crossed:
            crossed = f"{name}.int8" if quantized else f"{name}.float"
            operator, quant = (Quantize(), self.quants[name]) if quantized else (Dequantize(), None)
            self.nodes.append(Node(crossed, operator, (name,), quant))
            self.crossed[name] = crossed
        return self.crossed[name]
