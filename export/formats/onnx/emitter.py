"""Collects ONNX nodes, constants and tensor descriptions while a Graph is being spelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from export.formats.onnx.storage import shift
from export.forms import Activations
from fastscnn.graph.graph import Array, Dequantize, Graph, Node, Pair, Quant
from fastscnn.graph.shapes import Shape

FLOAT, HALF, LABEL = np.dtype(np.float32), np.dtype(np.float16), np.dtype(np.int32)
Layout = Literal["NCHW", "NHWC"]


class Emitter:
    """Every graph node gives one tensor of its own name; helpers between them get names derived from it.

    A quantized node computes between DequantizeLinear and QuantizeLinear: its integers carry its name.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape], activations: Activations = "uint8") -> None:
        self.graph = graph
        self.shapes = shapes
        self.real = HALF if graph.half and not graph.quantized else FLOAT
        """The precision of the arithmetic."""
        self.integer = np.dtype(activations)
        """What the numbers of an int8 tensor are stored in: as they are, or as uint8, 128 more."""
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.described: list[ValueInfoProto] = []
        self._taken = {node.name for node in graph}
        self._tensors: dict[str, tuple[str, np.dtype]] = {}
        self._computed: dict[str, str] = {}
        self._dequantized: dict[str, str] = {}
        self._shared: dict[str, str] = {}
        self._floats = {node.inputs[0]: node.name for node, _ in reversed([*graph.of(Dequantize)])}

    def size(self, name: str) -> Pair:
        height, width, _ = self.shapes[name]
        return height, width

    def tensor(self, name: str) -> str:
        """The tensor of a graph node as it is stored."""
        return self._tensors[name][0]

    def dtype(self, name: str) -> np.dtype:
        return self._tensors[name][1]

    def source(self, name: str, dtype: np.dtype | None = None) -> str:
        """The tensor of a graph node as float numbers of this type (by default the arithmetic's)."""
        wanted = dtype or self.real
        tensor, stored = self._tensors[name]
        if stored == self.integer:
            return self.dequantized(name)
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

    def dequantized(self, name: str) -> str:
        """What a node's integers stand for, named after the dequantize node where the graph has one."""
        if name not in self._dequantized:
            output = self._floats.get(name) or self.fresh(f"{name}.float")
            self._dequantized[name] = self.dequantize(self.tensor(name), self.quant(name), output)
        return self._dequantized[name]

    def keep(self, name: str, tensor: str, dtype: np.dtype) -> str:
        """This tensor holds a graph node's value. Only those named as their nodes are described."""
        self._tensors[name] = (tensor, dtype)
        if tensor == name and name not in (self.graph.input.name, self.graph.output):
            self.described.append(describe(tensor, self.shapes[name], dtype))
        return tensor

    def result(self, node: Node, dtype: np.dtype | None = None) -> str:
        """Names the tensor that a graph node computes; clients meet the output as 32 bits or as integers."""
        if node.quant is not None:
            self._computed[node.name] = self.fresh(f"{node.name}.computed")
            return self._computed[node.name]
        stored = dtype or self.real
        half_output = node.name == self.graph.output and stored == HALF
        return self.keep(node.name, self.fresh(f"{node.name}.half") if half_output else node.name, stored)

    def complete(self, node: Node) -> None:
        """Quantizes what a quantized node has computed."""
        if node.name in self._computed:
            self.quantize(self._computed[node.name], self.quant(node.name), node.name)
            self.keep(node.name, node.name, self.integer)

    def finish(self) -> np.dtype:
        """Ends a graph in half with its cast to 32 bits; says what the output is stored in."""
        output = self.graph.output
        tensor, stored = self._tensors[output]
        if stored != HALF:
            return stored
        self.node("Cast", [tensor], output, self.fresh(f"{output}.float"), to=TensorProto.FLOAT)
        return FLOAT

    def quant(self, name: str) -> list[str]:
        """The constants that hold a quantized node's scale and zero point."""
        quant = self.graph[name].quant
        assert quant is not None
        return self.quant_constants(name, quant, self.integer)

    def quant_constants(self, name: str, quant: Quant, dtype: np.dtype) -> list[str]:
        """Scale and zero point, in this type, as constants named after a tensor."""
        zero_point = np.array(quant.zero_point + shift(dtype), dtype)
        return [
            self.shared_constant(f"{name}.scale", np.array(quant.scale, np.float32)),
            self.shared_constant(f"{name}.zero_point", zero_point),
        ]

    def quantize(self, source: str, quant: Sequence[str], output: str) -> str:
        return self.node("QuantizeLinear", [source, *quant], output, self.fresh(f"{output}.quantize"))

    def dequantize(self, source: str, quant: Sequence[str], output: str, **axis: int) -> str:
        return self.node(
            "DequantizeLinear", [source, *quant], output, self.fresh(f"{output}.dequantize"), **axis
        )

    def node(self, kind: str, inputs: Sequence[str], output: str, name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=name, **attributes))
        return output

    def constant(self, name: str, values: Array) -> str:
        name = self.fresh(name)
        self.constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
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


def describe(name: str, shape: Shape, dtype: np.dtype, layout: Layout = "NCHW") -> ValueInfoProto:
    """A tensor's type and shape as ONNX files state them; labels are without channels."""
    height, width, channels = shape
    dims: tuple[int, ...] = (1, channels, height, width) if layout == "NCHW" else (1, *shape)
    if dtype == LABEL:
        dims = (1, height, width)
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), dims)
