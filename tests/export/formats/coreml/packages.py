"""Packages on disk for tests, and hands that change what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from export.formats.coreml.package import DATA, MODEL
from export.formats.coreml.toolbox import Model_pb2
from export.formats.coreml.write import write
from fastscnn.graph.graph import Graph, Pair
from tests.graphs import info_of

MODEL_FILE = f"{DATA}/{MODEL}"


def save(files: Mapping[str, bytes], folder: Path) -> Path:
    """The files as a package in the folder."""
    package = folder / "model.mlpackage"
    for name, content in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return package


def exported(graph: Graph, size: Pair, folder: Path) -> Path:
    return save(write(graph, size, info_of(19)), folder)


def edit_model(package: Path, edit: Callable[[Any], None]) -> None:
    """Changes the model's protobuf in place."""
    model = Model_pb2.Model()
    model.ParseFromString((package / MODEL_FILE).read_bytes())
    edit(model)
    (package / MODEL_FILE).write_bytes(model.SerializeToString())


def operations(model: Any, kind: str) -> list[Any]:
    """The main function's operations of one kind."""
    main = model.mlProgram.functions["main"]
    block = main.block_specializations[main.opset]
    return [operation for operation in block.operations if operation.type == kind]


def constant_of(model: Any, kind: str, key: str, index: int = 0) -> Any:
    """The stored value that an operation of this kind takes as `key`."""
    name = operations(model, kind)[index].inputs[key].arguments[0].name
    (constant,) = (c for c in operations(model, "const") if c.outputs[0].name == name)
    return constant.attributes["val"]
