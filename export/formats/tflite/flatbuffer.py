"""A TFLite model's objects to bytes and back: aligned buffers, shared quantizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.quantization import Quantization
from fastscnn.graph.graph import Array

FILE_IDENTIFIER = b"TFL3"
ALIGNMENT = 16
"""Runtimes map constants as they lie in the file; unaligned ones are refused or copied."""

TYPES: dict[str, int] = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
}
"""Tensor types by numpy's names."""


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


class SharedQuantization(schema.QuantizationParametersT):  # type: ignore[misc]
    """A quantization of which equal ones lie in the file once, and so do their vectors."""

    def __init__(self, quantization: Quantization) -> None:
        super().__init__()
        self.scale = np.ascontiguousarray(quantization.scales, np.float32)
        self.zeroPoint = np.ascontiguousarray(quantization.zero_points, np.int64)
        self.quantizedDimension = quantization.dimension

    def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated classes call it so
        scale, zero_point = (_vector(builder, array) for array in (self.scale, self.zeroPoint))
        key = (scale, zero_point, self.quantizedDimension)
        if key not in builder.shared:
            schema.QuantizationParametersStart(builder)
            schema.QuantizationParametersAddScale(builder, scale)
            schema.QuantizationParametersAddZeroPoint(builder, zero_point)
            schema.QuantizationParametersAddQuantizedDimension(builder, self.quantizedDimension)
            builder.shared[key] = schema.QuantizationParametersEnd(builder)
        return builder.shared[key]


class _Builder(flatbuffers.Builder):  # type: ignore[misc]
    """Knows where it put what may be pointed to again."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.shared: dict[Any, int] = {}


def _vector(builder: _Builder, array: Array) -> int:
    key = (array.dtype.name, array.tobytes())
    if key not in builder.shared:
        builder.shared[key] = builder.CreateNumpyVector(array)
    return builder.shared[key]


def pack(model: Any) -> bytes:
    """The bytes of a model in the generated classes' objects."""
    total = sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None)
    # room for everything, so that the builder never copies what it has
    builder = _Builder(total + (1 << 18))
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
