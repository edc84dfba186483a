"""What an operator's function writes on: the Graph, its shapes, and the model that grows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.builder import ModelBuilder, options
from export.formats.tflite.quantization import Quantization
from fastscnn.graph.graph import Array, Graph, Node
from fastscnn.graph.shapes import Shape

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
CHANNELS = 3
"""The axis of the channels in batch x height x width x channels."""


@dataclass
class Sheet:
    """What the functions below write on."""

    graph: Graph
    shapes: dict[str, Shape]
    model: ModelBuilder
    tensors: dict[str, int] = field(default_factory=dict)
    """Indices by node name, and of intermediate tensors that several nodes share."""
    source: int = -1
    """Index of the client's input, once it is written."""

    def sources(self, node: Node) -> list[int]:
        return [self.tensors[name] for name in node.inputs]

    def shape(self, name: str) -> tuple[int, ...]:
        """With the batch."""
        return (1, *self.shapes[name])

    def result(self, node: Node) -> int:
        if node.quant is None:
            return self.model.tensor(node.name, self.shape(node.name))
        quantization = Quantization.of_tensor(node.quant)
        return self.model.tensor(node.name, self.shape(node.name), "int8", quantization=quantization)

    def weight(self, name: str, array: Array) -> int:
        """A float constant; halves are dequantized, once, when the runtime loads the file."""
        stored = self.model.constant(name, array)
        if array.dtype != np.float16:
            return stored
        wide = self.model.tensor(f"{name}/float32", array.shape)
        return self.model.operator("DEQUANTIZE", [stored], wide, options("Dequantize"), version=3)

    def reshaped(self, source: int, name: str, shape: tuple[int, ...]) -> int:
        inputs = [source, self.model.constant(f"{name}/shape", np.array(shape, np.int32))]
        result = self.model.like(source, name, shape)
        return self.model.operator("RESHAPE", inputs, result, options("Reshape", newShape=list(shape)))

    def transposed(self, source: int, name: str, shape: tuple[int, ...]) -> int:
        """The last two axes change places."""
        inputs = [source, self.model.constant(f"{name}/order", np.array([0, 1, 3, 2], np.int32))]
        result = self.model.like(source, name, shape)
        return self.model.operator("TRANSPOSE", inputs, result, options("Transpose"))
