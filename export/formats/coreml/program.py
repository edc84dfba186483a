"""The ML Program that a package on disk holds, its constants read; nothing is believed unchecked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from export.formats.coreml import metadata
from export.formats.coreml.package import Package, bytes_of, refused
from export.formats.coreml.toolbox import MIL_pb2, Model_pb2
from export.formats.coreml.weights import WeightFile
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array
from fastscnn.graph.shapes import LARGEST_TENSOR
from fastscnn.info import ModelInfo

Message: TypeAlias = Any
"""A message of coremltools' generated protobuf classes."""
Constant: TypeAlias = Array | str | bool | int | float
DTYPES = {
    MIL_pb2.FLOAT16: "float16",
    MIL_pb2.FLOAT32: "float32",
    MIL_pb2.INT32: "int32",
    MIL_pb2.INT8: "int8",
    MIL_pb2.UINT8: "uint8",
    MIL_pb2.BOOL: "bool",
    MIL_pb2.STRING: "str",
}
SCALARS: dict[str, Callable[[Any], Constant]] = {"bool": bool, "int32": int, "int8": int, "uint8": int}
"""Python's types for single numbers; the others are float."""
FIELDS = ("floats", "ints", "bools", "strings", "bytes")


@dataclass(frozen=True)
class Type:
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Operation:
    """One MIL operation: inputs name tensors and constants, in the order of their list."""

    kind: str
    result: str
    type: Type
    inputs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class MilProgram:
    """What was read. `nodes` is ours: of each node of the Graph, the tensors it became."""

    path: Path
    description: Message
    info: ModelInfo
    nodes: Mapping[str, tuple[str, ...]]
    input: str
    output: str
    operations: tuple[Operation, ...]
    types: Mapping[str, Type]
    constants: Mapping[str, Constant] = field(default_factory=dict)

    def refused(self, why: str) -> ArtifactError:
        return refused(self.path, why)


def read_program(path: Path) -> MilProgram:
    """The main function of the package's ML Program."""
    package = Package.open(path)
    model = Model_pb2.Model()
    try:
        model.ParseFromString(bytes_of(path, package.model))
    except (DecodeError, RecursionError) as problem:
        raise refused(path, "its model cannot be decoded; it is cut or damaged") from problem
    if model.WhichOneof("Type") != "mlProgram":
        raise refused(path, "its model is not an ML Program")
    if "main" not in model.mlProgram.functions:
        raise refused(path, "its program has no main function")
    info, nodes = _metadata(path, model.description.metadata.userDefined)
    function = model.mlProgram.functions["main"]
    if function.opset not in function.block_specializations:
        raise refused(path, "its program has no operations")
    block = function.block_specializations[function.opset]
    if len(function.inputs) != 1 or len(block.outputs) != 1:
        raise refused(path, "its program has not one input and one output")
    return _Reader(package).program(model.description, info, nodes, function.inputs[0], block)


def _metadata(path: Path, stored: Mapping[str, str]) -> tuple[ModelInfo, dict[str, tuple[str, ...]]]:
    if metadata.INFO not in stored or metadata.NODES not in stored:
        raise refused(path, f"its metadata has no {metadata.INFO}; another program wrote it")
    try:
        info = ModelInfo.from_json(stored[metadata.INFO])
        nodes = {
            str(node): tuple(str(name) for name in names)
            for node, names in json.loads(stored[metadata.NODES]).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        raise refused(path, f"its metadata {metadata.INFO} cannot be read") from problem
    return info, nodes


class _Reader:
    """Decodes the messages of one package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.files: dict[str, WeightFile] = {}
        self.types: dict[str, Type] = {}
        self.constants: dict[str, Constant] = {}
        self.literals = 0

    def refuse(self, why: str) -> ArtifactError:
        return refused(self.package.path, why)

    def program(
        self,
        description: Message,
        info: ModelInfo,
        nodes: dict[str, tuple[str, ...]],
        fed: Message,
        block: Message,
    ) -> MilProgram:
        self.types[fed.name] = self.type(fed.type)
        operations = [read for raw in block.operations if (read := self.operation(raw)) is not None]
        output = block.outputs[0]
        if output not in self.types:
            raise self.refuse(f"nothing in its program gives its output {output!r}")
        return MilProgram(
            self.package.path,
            description,
            info,
            nodes,
            fed.name,
            output,
            tuple(operations),
            self.types,
            self.constants,
        )

    def operation(self, raw: Message) -> Operation | None:
        """An operation; a constant is noted instead."""
        if len(raw.outputs) != 1 or raw.blocks:
            raise self.refuse(f"its program has the operation {raw.type}, which we do not know")
        result = raw.outputs[0].name
        if result in self.types:
            raise self.refuse(f"two operations of its program give {result!r}")
        self.types[result] = declared = self.type(raw.outputs[0].type)
        if raw.type == "const":
            if "val" not in raw.attributes:
                raise self.refuse(f"its constant {result!r} has no value")
            self.constants[result] = self.value(raw.attributes["val"])
            return None
        inputs = {
            key: tuple(self.bound(binding, result) for binding in argument.arguments)
            for key, argument in raw.inputs.items()
        }
        if raw.type.startswith("constexpr_"):
            # constants of constants have their inputs as attributes
            inputs.update(
                (key, (self.literal(value),)) for key, value in raw.attributes.items() if key != "name"
            )
        return Operation(raw.type, result, declared, inputs)

    def bound(self, binding: Message, reader: str) -> str:
        """The name of an argument; a literal value gets one."""
        if binding.WhichOneof("binding") == "name":
            if binding.name not in self.types:
                raise self.refuse(f"{reader!r} takes {binding.name!r}, which nothing before it gives")
            return str(binding.name)
        return self.literal(binding.value)

    def literal(self, value: Message) -> str:
        self.literals += 1
        name = f"literal {self.literals}"
        self.types[name] = self.type(value.type)
        self.constants[name] = self.value(value)
        return name

    def type(self, raw: Message) -> Type:
        if raw.WhichOneof("type") != "tensorType" or raw.tensorType.dataType not in DTYPES:
            raise self.refuse("its program has a tensor of a type that we do not know")
        sides = tuple(int(side.constant.size) for side in raw.tensorType.dimensions)
        if len(sides) != raw.tensorType.rank or prod(sides) * 4 > LARGEST_TENSOR:
            raise self.refuse("its program has a tensor without a size, or of more than 2 GiB")
        return Type(DTYPES[raw.tensorType.dataType], sides)

    def value(self, raw: Message) -> Constant:
        kind = self.type(raw.type)
        if raw.WhichOneof("value") == "blobFileValue":
            return self.file(raw.blobFileValue.fileName).constant(
                raw.blobFileValue.offset, kind.dtype, kind.shape
            )
        tensor = raw.immediateValue.tensor
        stored = tensor.WhichOneof("value")
        if stored not in FIELDS:
            raise self.refuse("its program has a constant without a value")
        values = getattr(tensor, stored).values
        if kind.dtype == "str":
            if stored != "strings" or len(values) != 1:
                raise self.refuse("its program has a text that is none")
            return str(values[0])
        try:
            array = np.frombuffer(values, kind.dtype) if stored == "bytes" else np.array(values, kind.dtype)
            array = array.reshape(kind.shape)
        except (ValueError, TypeError, OverflowError) as problem:
            raise self.refuse("its program has a constant that does not fit its type") from problem
        return array if kind.shape else SCALARS.get(kind.dtype, float)(array)

    def file(self, name: str) -> WeightFile:
        if name not in self.files:
            self.files[name] = WeightFile(self.package.path, self.package.weights(name))
        return self.files[name]
