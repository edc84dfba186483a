"""A TFLite model under construction: tensors, constants and operators, then bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.flatbuffer import TYPES, AlignedBuffer, SharedQuantization, pack
from export.formats.tflite.quantization import Quantization
from fastscnn.graph.graph import Array

SCHEMA_VERSION = 3
LAST_OLD_CODE = 126
"""Operator codes up to here are also written where readers of before 2020 look."""
INT8_VERSIONS = {
    "ADD": 2,
    "ARG_MAX": 2,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "DEQUANTIZE": 2,
    "MAX_POOL_2D": 2,
    "PAD": 2,
    "RESIZE_BILINEAR": 2,
    "TRANSPOSE": 2,
}
"""The first version of each operator that takes int8 tensors."""


def options(name: str, **values: object) -> Any:
    """Builtin options, such as `options("Conv2D", strideH=2)`."""
    result = getattr(schema, f"{name}OptionsT")()
    for key, value in values.items():
        if not hasattr(result, key):
            raise AttributeError(f"{name}Options has no {key}")
        setattr(result, key, value)
    return result


@dataclass
class ModelBuilder:
    """Collects one subgraph in the order in which it will be executed."""

    description: str
    tensors: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)
    codes: dict[tuple[str, int], int] = field(default_factory=dict)
    buffers: list[Any] = field(default_factory=list)
    metadata: list[Any] = field(default_factory=list)
    constants: dict[tuple[str, tuple[int, ...], bytes], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # the format wants an empty buffer 0: tensors without data point there
        self.buffers.append(AlignedBuffer())

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        buffer: int = 0,
        quantization: Quantization | None = None,
    ) -> int:
        tensor = schema.TensorT()
        tensor.name = name
        tensor.shape = [int(n) for n in shape]
        tensor.type = TYPES[dtype]
        tensor.buffer = buffer
        tensor.hasRank = True
        if quantization is not None:
            tensor.quantization = SharedQuantization(quantization)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def like(self, source: int, name: str, shape: Sequence[int]) -> int:
        """A tensor of the same type and quantization as another."""
        tensor = self.tensors[self.tensor(name, shape)]
        tensor.type, tensor.quantization = self.tensors[source].type, self.tensors[source].quantization
        return len(self.tensors) - 1

    def constant(self, name: str, array: Array, quantization: Quantization | None = None) -> int:
        """A constant tensor; constants of equal bytes share one buffer."""
        data = np.ascontiguousarray(array).tobytes()
        key = (array.dtype.name, array.shape, data)
        if key not in self.constants:
            self.constants[key] = self._buffer(data)
        return self.tensor(name, array.shape, array.dtype.name, self.constants[key], quantization)

    def operator(
        self, code: str, inputs: Sequence[int], output: int, chosen: Any = None, version: int = 1
    ) -> int:
        """Appends an operator such as CONV_2D, in a version that takes its inputs; gives its output back."""
        if self.tensors[inputs[0]].type == schema.TensorType.INT8:
            version = max(version, INT8_VERSIONS.get(code, 1))
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.setdefault((code, version), len(self.codes))
        operator.inputs = list(inputs)
        operator.outputs = [output]
        if chosen is not None:
            operator.builtinOptionsType = getattr(
                schema.BuiltinOptions, type(chosen).__name__.removesuffix("T")
            )
            operator.builtinOptions = chosen
        self.operators.append(operator)
        return output

    def annotate(self, name: str, data: bytes) -> None:
        """A named metadata buffer."""
        entry = schema.MetadataT()
        entry.name = name
        entry.buffer = self._buffer(data)
        self.metadata.append(entry)

    def finish(self, source: int, result: int) -> bytes:
        graph = schema.SubGraphT()
        graph.name = "main"
        graph.tensors = self.tensors
        graph.operators = self.operators
        graph.inputs, graph.outputs = [source], [result]
        model = schema.ModelT()
        model.version = SCHEMA_VERSION
        model.description = self.description
        model.operatorCodes = [_operator_code(name, version) for name, version in self.codes]
        model.subgraphs = [graph]
        model.buffers = self.buffers
        model.metadata = self.metadata
        model.signatureDefs = [self._signature(source, result)]
        return pack(model)

    def _buffer(self, data: bytes) -> int:
        self.buffers.append(AlignedBuffer(np.frombuffer(data, np.uint8)))
        return len(self.buffers) - 1

    def _signature(self, source: int, result: int) -> Any:
        signature = schema.SignatureDefT()
        signature.signatureKey = "serving_default"
        signature.inputs = [self._signature_entry(source)]
        signature.outputs = [self._signature_entry(result)]
        return signature

    def _signature_entry(self, index: int) -> Any:
        entry = schema.TensorMapT()
        entry.name = self.tensors[index].name
        entry.tensorIndex = index
        return entry


def _operator_code(name: str, version: int) -> Any:
    number = getattr(schema.BuiltinOperator, name)
    code = schema.OperatorCodeT()
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, LAST_OLD_CODE + 1)
    code.version = version
    return code
