"""Collects ONNX nodes, constants and tensor descriptions while a Graph is being spelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from fastscnn.graph.graph import Array, Graph, Node, Pair
from fastscnn.graph.shapes import Shape

FLOAT, HALF, LABEL = np.dtype(np.float32), np.dtype(np.float16), np.dtype(np.int32)


class Emitter:
    """Every graph node gives one tensor of its own name; helpers between them get names derived from it."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes
        self.real = HALF if graph.half else FLOAT
        """The precision of the arithmetic."""
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.described: list[ValueInfoProto] = []
        self._output = graph.output
        self._taken = {node.name for node in graph}
        self._tensors: dict[str, tuple[str, np.dtype]] = {graph.input.name: (graph.input.name, FLOAT)}
        self._shared: dict[str, str] = {}

    def size(self, name: str) -> Pair:
        height, width, _ = self.shapes[name]
        return height, width

    def source(self, name: str, dtype: np.dtype | None = None) -> str:
        """The tensor of a graph node, cast where it is not of this type (by default the arithmetic's)."""
        wanted = dtype or self.real
        tensor, stored = self._tensors[name]
        if stored == wanted:
            return tensor
        key = f"{tensor}.{'half' if wanted == HALF else wanted.name}"
        if key not in self._shared:
            self._shared[key] = self.fresh(key)
            self.node(
                "Cast",
                [tensor],
                self._shared[key],
                self._shared[key],
                to=helper.np_dtype_to_tensor_dtype(wanted),
            )
        return self._shared[key]

    def dtype(self, name: str) -> np.dtype:
        return self._tensors[name][1]

    def result(self, node: Node, dtype: np.dtype | None = None) -> str:
        """Names the tensor that holds a graph node's value; clients meet the output as 32 bits."""
        stored = dtype or self.real
        is_output = node.name == self._output
        tensor = self.fresh(f"{node.name}.half") if is_output and stored == HALF else node.name
        self._tensors[node.name] = (tensor, stored)
        if tensor != self._output:
            self.described.append(describe(tensor, self.shapes[node.name], stored))
        return tensor

    def finish(self) -> None:
        """Ends a graph in half with its cast to 32 bits."""
        tensor, stored = self._tensors[self._output]
        if stored == HALF:
            name = self.fresh(f"{self._output}.float")
            self.node("Cast", [tensor], self._output, name, to=TensorProto.FLOAT)

    def node(self, kind: str, inputs: Sequence[str], output: str, name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=name, **attributes))
        return output

    def constant(self, name: str, values: Array) -> str:
        name = self.fresh(name)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def shared_constant(self, name: str, values: Array) -> str:
        """A constant that many nodes take, stored once."""
        if name not in self._shared:
            self._shared[name] = self.constant(name, values)
        return self._shared[name]

    def fresh(self, name: str) -> str:
        """This name, or one like it where a layer of the network already has it."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def describe(name: str, shape: Shape, dtype: np.dtype) -> ValueInfoProto:
    """A tensor's type and shape as ONNX files state them: NCHW, and labels without channels."""
    height, width, channels = shape
    dims = (1, height, width) if dtype == LABEL else (1, channels, height, width)
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), dims)
