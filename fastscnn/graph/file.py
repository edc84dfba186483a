"""A Graph's file: one safetensors file that holds topology, numbers and ModelInfo, readable without torch."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fastscnn.errors import GraphFileError
from fastscnn.graph.graph import NAMES, OPERATORS, Array, Graph, Node, Operator, Padding
from fastscnn.info import ModelInfo

VERSION = 1
"""Of the file's structure; a reader refuses a newer one."""
SEPARATOR = "//"
"""Between node and constant; no layer's name holds it."""


def dump(graph: Graph, info: ModelInfo) -> bytes:
    """The file's bytes; the same graph and info are the same bytes."""
    arrays: dict[str, Array] = {}
    nodes = []
    for node in graph:
        attributes: dict[str, Any] = {}
        for field in fields(node.operator):
            value = getattr(node.operator, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"{node.name}{SEPARATOR}{field.name}"] = np.ascontiguousarray(value)
            else:
                attributes[field.name] = asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]
        nodes.append([node.name, NAMES[type(node.operator)], list(node.inputs), attributes])
    topology = json.dumps({"version": VERSION, "nodes": nodes, "output": graph.output}, sort_keys=True)
    # one metadata key: the library writes several in hash order
    metadata = {"fastscnn": json.dumps({"graph": topology, "info": info.to_json()}, sort_keys=True)}
    return save(dict(sorted(arrays.items())), metadata)


def load(path: Path) -> tuple[Graph, ModelInfo]:
    """The graph and info of a file; GraphFileError where it was cut, edited or is something else."""
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise GraphFileError(f"{path} is not a readable graph file: {error}.") from None
    if "fastscnn" not in metadata:
        raise GraphFileError(f"{path} holds tensors but no graph.", "Write it with fastscnn-quantize.")
    try:
        content = json.loads(metadata["fastscnn"])
        topology = json.loads(content["graph"])
        if topology["version"] > VERSION:
            raise GraphFileError(
                f"{path} was made by a newer version (structure {topology['version']}, this one reads"
                f" {VERSION}).",
                "Upgrade fastscnn-mobile.",
            )
        nodes = tuple(_node(entry, arrays) for entry in topology["nodes"])
        graph = Graph(nodes, topology["output"])
        info = ModelInfo.from_json(content["info"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise GraphFileError(f"{path} holds a damaged graph: {error}.", "Make the file again.") from None
    if arrays:
        raise GraphFileError(
            f"{path} holds tensors that its graph does not use: {', '.join(sorted(arrays))}."
        )
    return graph, info


def _node(entry: list[Any], arrays: dict[str, Array]) -> Node:
    name, kind, inputs, attributes = entry
    operator = OPERATORS[kind]
    values: dict[str, Any] = {key: _attribute(value) for key, value in attributes.items()}
    for field in fields(operator):
        if field.name not in values:
            values[field.name] = arrays.pop(f"{name}{SEPARATOR}{field.name}")
    built: Operator = operator(**values)
    return Node(name, built, tuple(inputs))


def _attribute(value: Any) -> Any:
    if isinstance(value, dict):
        return Padding(**value)
    return tuple(value) if isinstance(value, list) else value
