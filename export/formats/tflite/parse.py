"""A flatbuffer's bytes to its tensors and operations, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.base import Tensor
from export.formats.tflite.flatbuffer import FILE_IDENTIFIER, TYPES
from export.formats.tflite.metadata import OURS, VERSION
from export.formats.tflite.quantization import Quantization
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array
from fastscnn.graph.shapes import LARGEST_TENSOR
from fastscnn.info import ModelInfo

DTYPES = {number: name for name, number in TYPES.items()}
CODES = {number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
OPTIONS = {number: name for name, number in vars(schema.BuiltinOptions).items() if not name.startswith("_")}
LAYOUTS = {4: "NHWC", 3: "NHW"}
PART = "/"
"""Between a node's name and that of a tensor which only the file has; no layer's name holds it."""
RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int32": (0, 0)}
"""Of zero points, by type."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A tensor, and its values where it is a constant."""

    tensor: Tensor
    value: Array | None
    quantization: Quantization | None = None
    """None where its numbers are floats, or integers that stand for themselves."""

    @property
    def name(self) -> str:
        return self.tensor.name

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape

    @property
    def dtype(self) -> str:
        return self.tensor.dtype

    @property
    def owner(self) -> str:
        """The node that it belongs to."""
        return self.name.partition(PART)[0]

    @property
    def part(self) -> str:
        """What it is to that node where only the file has it; empty for the node's own tensor."""
        return self.name.partition(PART)[2]


@dataclass(frozen=True, eq=False)
class Operation:
    """An operator of the file: its builtin name, its options (None where it has none), its tensors."""

    name: str
    options: Any
    inputs: list[int]
    outputs: list[int]


@dataclass(frozen=True, eq=False)
class Parsed:
    info: ModelInfo
    version: str
    tensors: list[Stored]
    operations: list[Operation]
    input: int
    output: int


def parse(data: bytes) -> Parsed:
    """Raises ArtifactError, or what a flatbuffer's accessors raise where they point out of the file."""
    if len(data) < 8 or data[4:8] != FILE_IDENTIFIER:
        raise ArtifactError("it is no TFLite file: the identifier is missing.")
    return _Parser(data).parse()


@dataclass
class _Parser:
    data: bytes
    left: int = field(init=False)
    """Entries and letters that may still be read: a file holds no more of them than bytes."""

    def __post_init__(self) -> None:
        self.left = len(self.data)

    def parse(self) -> Parsed:
        model = schema.Model.GetRootAs(self.data, 0)
        graphs = self.entries(model.SubgraphsLength(), model.Subgraphs)
        graph = _only(graphs, "subgraphs")
        texts = self.annotations(model)
        if OURS not in texts:
            raise ArtifactError(f"it was not written by fastscnn-export: it carries no {OURS}.")
        buffers = [b.DataAsNumpy() for b in self.entries(model.BuffersLength(), model.Buffers)]
        codes = [
            CODES[_code(code)] for code in self.entries(model.OperatorCodesLength(), model.OperatorCodes)
        ]
        return Parsed(
            ModelInfo.from_json(texts[OURS]),
            texts.get(VERSION, ""),
            [self.stored(t, buffers) for t in self.entries(graph.TensorsLength(), graph.Tensors)],
            [self.operation(o, codes) for o in self.entries(graph.OperatorsLength(), graph.Operators)],
            _only(self.entries(graph.InputsLength(), graph.Inputs), "inputs"),
            _only(self.entries(graph.OutputsLength(), graph.Outputs), "outputs"),
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

    def annotations(self, model: Any) -> dict[str, str]:
        """What we wrote about the file, by name."""
        found: dict[str, str] = {}
        for entry in self.entries(model.MetadataLength(), model.Metadata):
            name = self.text(entry.Name())
            if name in (OURS, VERSION) and name not in found:
                found[name] = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes().decode()
        return found

    def stored(self, tensor: Any, buffers: list[Any]) -> Stored:
        shape = tuple(self.entries(tensor.ShapeLength(), tensor.Shape))
        dtype = DTYPES[tensor.Type()]
        size = prod(shape) * np.dtype(dtype).itemsize
        name = self.text(tensor.Name())
        if min(shape, default=1) < 1 or size > LARGEST_TENSOR:
            raise ArtifactError(f"it is damaged: {name} cannot be {shape}.")
        quantization = _quantization(tensor.Quantization())
        if not _fits(quantization, shape, dtype):
            raise ArtifactError(f"it is damaged: the scales or zero points of {name} are none.")
        described = Tensor(name, shape, dtype, LAYOUTS.get(len(shape), ""), *_single(quantization))
        data = buffers[tensor.Buffer()]
        if isinstance(data, int):
            # the accessor's way to say that there is none
            return Stored(described, None, quantization)
        if data.nbytes != size:
            raise ArtifactError(f"it is damaged: {name} is {shape} of {dtype}, in {data.nbytes} bytes.")
        return Stored(described, data.view(dtype).reshape(shape), quantization)

    def operation(self, operator: Any, codes: list[str]) -> Operation:
        chosen = operator.BuiltinOptions()
        if chosen is not None:
            kind = getattr(schema, OPTIONS[operator.BuiltinOptionsType()])()
            kind.Init(chosen.Bytes, chosen.Pos)
            chosen = kind
        return Operation(
            codes[operator.OpcodeIndex()],
            chosen,
            list(self.entries(operator.InputsLength(), operator.Inputs)),
            list(self.entries(operator.OutputsLength(), operator.Outputs)),
        )


def _only(items: Iterator[Any], what: str) -> Any:
    found = list(items)
    if len(found) != 1:
        raise ArtifactError(f"it has {len(found)} {what} instead of one.")
    return found[0]


def _code(code: Any) -> int:
    """Old readers' field is a byte; what does not fit stands in the new one."""
    return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))


def _quantization(stored: Any) -> Quantization | None:
    if stored is None or stored.ScaleLength() == stored.ZeroPointLength() == 0:
        return None
    if stored.DetailsType() != schema.QuantizationDetails.NONE:
        raise ArtifactError(
            "it is damaged: its quantization has details that fastscnn-export does not write."
        )
    # no views of the file: what is not aligned there would stay so
    return Quantization(
        np.array(stored.ScaleAsNumpy(), np.float32),
        np.array(stored.ZeroPointAsNumpy(), np.int64),
        stored.QuantizedDimension(),
    )


def _fits(quantization: Quantization | None, shape: tuple[int, ...], dtype: str) -> bool:
    """Whether a tensor of this shape and type can have it: int8 must, int32 may, floats must not."""
    if quantization is None:
        return dtype not in ("int8", "uint8")
    scales, zero_points, dimension = quantization.scales, quantization.zero_points, quantization.dimension
    if dtype not in RANGES or scales.shape != zero_points.shape or not 0 <= dimension < max(len(shape), 1):
        return False
    low, high = RANGES[dtype]
    return (
        len(scales) in (1, shape[dimension] if shape else 1)
        and bool(np.all(np.isfinite(scales) & (scales >= np.finfo(np.float32).tiny)))
        and bool(np.all((low <= zero_points) & (zero_points <= high)))
    )


def _single(quantization: Quantization | None) -> tuple[float | None, int | None]:
    """Of a tensor with one scale; where every channel has its own, none."""
    if quantization is None or len(quantization.scales) != 1:
        return None, None
    return float(quantization.scales[0]), int(quantization.zero_points[0])
