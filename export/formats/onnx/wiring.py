"""Who gives and who takes each tensor of an ONNX model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from onnx import ModelProto, NodeProto

from fastscnn.graph.graph import Array

QUANTIZE, DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"
MOVING = frozenset({"Transpose", "Concat"})
"""Operators that carry integers to a DequantizeLinear as they are: camera bytes, a border around a map."""


class Wiring:
    """A model that a checker has found sound: its nodes are in order and every tensor has one giver."""

    def __init__(self, model: ModelProto, arrays: Mapping[str, Array]) -> None:
        self.nodes: list[NodeProto] = list(model.graph.node)
        self.arrays = arrays
        """The stored tensors."""
        self.inputs = [value for value in model.graph.input if value.name not in arrays]
        self.outputs = list(model.graph.output)
        values = [*model.graph.input, *model.graph.value_info, *model.graph.output]
        self.described = {value.name: value.type.tensor_type.elem_type for value in values}
        """The types of the tensors of the network's own nodes; helpers between them are not described."""
        self.givers = {name: node for node in self.nodes for name in node.output}
        self.takers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in dict.fromkeys(node.input):
                self.takers[name].append(node)

    def gives(self, name: str, kind: str) -> bool:
        """Whether a node of this kind gives the tensor."""
        return name in self.givers and self.givers[name].op_type == kind

    def of(self, kind: str) -> Iterator[NodeProto]:
        return (node for node in self.nodes if node.op_type == kind)

    def computed(self, node: NodeProto) -> list[str]:
        """The tensors that a node takes, but for stored ones."""
        return [name for name in node.input if name and name not in self.arrays]

    def way(self, name: str) -> list[str]:
        """The tensors in which integers were moved on their way, from this one back to where they began."""
        way = [name]
        while way[-1] in self.givers and self.givers[way[-1]].op_type in MOVING:
            sources = self.computed(self.givers[way[-1]])
            if len(sources) != 1:
                break
            way.append(sources[0])
        return way

    def stated(self, node: NodeProto) -> tuple[Array, Array] | None:
        """Scale and zero point of a Q or DQ node, where they are stored."""
        names = list(node.input[1:3])
        if len(names) < 2 or any(name not in self.arrays for name in names):
            return None
        return self.arrays[names[0]], self.arrays[names[1]]
