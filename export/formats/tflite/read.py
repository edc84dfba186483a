"""A .tflite file on disk to what it really holds, whatever bytes it is made of."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.base import Contents, Tensor
from export.formats.tflite.flatbuffer import FILE_IDENTIFIER, TYPES
from export.formats.tflite.metadata import OURS
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo

REMEDY = "Export it again with fastscnn-export."
DTYPES = {number: name for name, number in TYPES.items()}
CODES = {number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
LAYOUTS = {4: "NHWC", 3: "NHW"}
CONVOLUTIONS = {"CONV_2D": (0, 3, 1, 2), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
"""The axes that make (out, in / groups, height, width) of a stored weight."""
BROKEN = (
    struct.error,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
)
"""What a flatbuffer's accessors raise where bytes do not mean what they should."""


def read(path: str | Path) -> Contents:
    """The audit of one file; ArtifactError where it is not a whole file of ours."""
    path = Path(path)
    data = file_bytes(path)
    try:
        return contents(data)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error.message}", REMEDY) from None
    except BROKEN as error:
        raise ArtifactError(f"{path} is damaged: its flatbuffer points out of the file.", REMEDY) from error


def file_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a .tflite file."
        ) from error


def contents(data: bytes) -> Contents:
    if len(data) < 8 or data[4:8] != FILE_IDENTIFIER:
        raise ArtifactError("this is not a TFLite file: its identifier is missing.")
    return _Reader(data).contents()


@dataclass(frozen=True, eq=False)
class _Stored:
    """A tensor, and its bytes where it is a constant."""

    tensor: Tensor
    value: Array | None


@dataclass(frozen=True)
class _Operation:
    name: str
    inputs: list[int]
    outputs: list[int]


@dataclass
class _Reader:
    data: bytes
    left: int = field(init=False)
    """Entries and letters that may still be read: a file holds no more of them than bytes."""

    def __post_init__(self) -> None:
        self.left = len(self.data)

    def contents(self) -> Contents:
        model = schema.Model.GetRootAs(self.data, 0)
        graphs = list(self.entries(model.SubgraphsLength(), model.Subgraphs))
        if len(graphs) != 1:
            raise ArtifactError(f"it holds {len(graphs)} subgraphs instead of one.")
        info = self.info(model)
        buffers = [buffer.DataAsNumpy() for buffer in self.entries(model.BuffersLength(), model.Buffers)]
        graph = graphs[0]
        tensors = [self.stored(t, buffers) for t in self.entries(graph.TensorsLength(), graph.Tensors)]
        codes = [
            CODES[_code(code)] for code in self.entries(model.OperatorCodesLength(), model.OperatorCodes)
        ]
        operations = [
            _Operation(
                codes[operator.OpcodeIndex()],
                list(self.entries(operator.InputsLength(), operator.Inputs)),
                list(self.entries(operator.OutputsLength(), operator.Outputs)),
            )
            for operator in self.entries(graph.OperatorsLength(), graph.Operators)
        ]
        inputs = list(self.entries(graph.InputsLength(), graph.Inputs))
        outputs = list(self.entries(graph.OutputsLength(), graph.Outputs))
        if len(inputs) != 1 or len(outputs) != 1:
            raise ArtifactError(
                f"it has {len(inputs)} inputs and {len(outputs)} outputs instead of one each."
            )
        _check_order(tensors, operations, inputs, outputs)
        weights, biases = _parameters(tensors, operations)
        return Contents(
            input=tensors[inputs[0]].tensor,
            output=tensors[outputs[0]].tensor,
            info=info,
            operators=dict(sorted(Counter(operation.name for operation in operations).items())),
            weights=weights,
            biases=biases,
        )

    def entries(self, length: int, get: Callable[[int], Any]) -> Iterator[Any]:
        self.spend(length)
        return (get(index) for index in range(length))

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise ArtifactError("it is damaged: it claims to hold more than its bytes can.")

    def text(self, raw: bytes | None) -> str:
        if raw is None:
            raise ArtifactError("it is damaged: something in it has no name.")
        self.spend(len(raw))
        return raw.decode()

    def info(self, model: Any) -> ModelInfo:
        for entry in self.entries(model.MetadataLength(), model.Metadata):
            if self.text(entry.Name()) == OURS:
                raw = model.Buffers(entry.Buffer()).DataAsNumpy()
                return ModelInfo.from_json(raw.tobytes().decode())
        raise ArtifactError(f"it was not written by fastscnn-export: it carries no {OURS}.")

    def stored(self, tensor: Any, buffers: list[Any]) -> _Stored:
        shape = tuple(self.entries(tensor.ShapeLength(), tensor.Shape))
        dtype = DTYPES[tensor.Type()]
        data = buffers[tensor.Buffer()]
        scale, zero_point = self.quantization(tensor.Quantization())
        name = self.text(tensor.Name())
        described = Tensor(name, shape, dtype, LAYOUTS.get(len(shape), ""), scale, zero_point)
        if isinstance(data, int):
            return _Stored(described, None)
        if data.nbytes != prod(shape) * np.dtype(dtype).itemsize or min(shape, default=1) < 1:
            raise ArtifactError(f"it is damaged: {name} is {shape} of {dtype}, in {data.nbytes} bytes.")
        return _Stored(described, data.view(dtype).reshape(shape))

    def quantization(self, stored: Any) -> tuple[float | None, int | None]:
        """Of a tensor with one scale; where every channel has its own, none."""
        if stored is None or stored.ScaleLength() != 1 or stored.ZeroPointLength() != 1:
            return None, None
        return float(stored.Scale(0)), int(stored.ZeroPoint(0))


def _code(code: Any) -> int:
    """Old readers' field is a byte; what does not fit stands in the new one."""
    return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))


def _check_order(
    tensors: list[_Stored], operations: list[_Operation], inputs: list[int], outputs: list[int]
) -> None:
    """Every tensor is given once, before it is taken."""
    count = len(tensors)
    given = {index for index, stored in enumerate(tensors) if stored.value is not None} | set(inputs)
    for operation in operations:
        if not given.issuperset(operation.inputs) or given.intersection(operation.outputs):
            raise ArtifactError(f"it is damaged: {operation.name} takes or gives what it cannot.")
        given.update(operation.outputs)
    if not given.issuperset(outputs) or max(given, default=0) >= count or min(given, default=0) < 0:
        raise ArtifactError("it is damaged: it names tensors that it does not hold.")
    names = {stored.tensor.name for stored in tensors}
    if len(names) != count:
        raise ArtifactError("it is damaged: two tensors have one name.")


def _parameters(
    tensors: list[_Stored], operations: list[_Operation]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Weights and biases of the network's convolutions, not of those that stand for another operator."""
    halves = {o.outputs[0]: o.inputs[0] for o in operations if o.name == "DEQUANTIZE"}
    weights: dict[str, Array] = {}
    biases: dict[str, Array] = {}
    for operation in operations:
        if operation.name not in CONVOLUTIONS or len(operation.inputs) != 3:
            continue
        name = tensors[operation.outputs[0]].tensor.name
        weight, bias = (tensors[halves.get(index, index)] for index in operation.inputs[1:])
        if weight.tensor.name != f"{name}/weight":
            continue
        if weight.value is None or bias.value is None:
            raise ArtifactError(f"it is damaged: {name} has no weight or no bias.")
        weights[name] = weight.value.transpose(CONVOLUTIONS[operation.name])
        biases[name] = bias.value
    return weights, biases
