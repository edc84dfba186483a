"""A TFLite model under construction: tensors, constants and operators, then bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from fastscnn.graph.graph import Array

FILE_IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
ALIGNMENT = 16
"""Runtimes map constants as they lie in the file; unaligned ones are refused or copied."""
LAST_OLD_CODE = 126
"""Operator codes up to here are also written where readers of before 2020 look."""

TYPES: dict[str, int] = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
}
"""Tensor types by numpy's names."""


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

    def tensor(self, name: str, shape: Sequence[int], dtype: str = "float32", buffer: int = 0) -> int:
        tensor = schema.TensorT()
        tensor.name = name
        tensor.shape = [int(n) for n in shape]
        tensor.type = TYPES[dtype]
        tensor.buffer = buffer
        tensor.hasRank = True
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, name: str, array: Array) -> int:
        """A constant tensor; constants of equal bytes share one buffer."""
        data = np.ascontiguousarray(array).tobytes()
        key = (array.dtype.name, array.shape, data)
        if key not in self.constants:
            self.constants[key] = self._buffer(data)
        return self.tensor(name, array.shape, array.dtype.name, self.constants[key])

    def operator(
        self, code: str, inputs: Sequence[int], output: int, chosen: Any = None, version: int = 1
    ) -> int:
        """Appends an operator such as CONV_2D; gives its output back."""
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


class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """A buffer whose data starts at a multiple of 16, which the generated class does not see to."""

    def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated classes call it so
        if self.data is None or len(self.data) == 0:
            return super().Pack(builder)
        data = np.asarray(self.data, np.uint8)
        builder.StartVector(1, len(data), ALIGNMENT)
        builder.head -= len(data)
        builder.Bytes[builder.Head() : builder.Head() + len(data)] = data.tobytes()
        vector = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


def pack(model: Any) -> bytes:
    """The bytes of a model in the generated classes' objects."""
    total = sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None)
    # room for everything, so that the builder never copies what it has
    builder = flatbuffers.Builder(total + (1 << 18))
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def unpack(data: bytes) -> Any:
    """A model in the generated classes' objects, to be changed and packed again without its zip."""
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    model.buffers = [AlignedBuffer(buffer.data) for buffer in model.buffers]
    return model


def with_outputs(data: bytes, names: Sequence[str]) -> bytes:
    """The same model with these tensors as further outputs, so that a delegate must give them out."""
    model = unpack(data)
    graph = model.subgraphs[0]
    index = {tensor.name.decode(): i for i, tensor in enumerate(graph.tensors)}
    graph.outputs = [*graph.outputs, *(index[name] for name in names)]
    # signatures name the outputs that clients know; these are not for clients
    model.signatureDefs = None
    return pack(model)


def _operator_code(name: str, version: int) -> Any:
    number = getattr(schema.BuiltinOperator, name)
    code = schema.OperatorCodeT()
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, LAST_OLD_CODE + 1)
    code.version = version
    return code
