"""A Graph's file: one safetensors file with topology, numbers, ModelInfo and a record of how it was made.

Readable without torch. Its digest covers everything in it: an edited file is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fastscnn import bounded
from fastscnn.errors import GraphFileError
from fastscnn.graph import validity
from fastscnn.graph.graph import NAMES, OPERATORS, Array, Graph, Node, Operator, Padding, Quant
from fastscnn.info import ModelInfo

VERSION = 1
"""Of the file's structure; a reader refuses a newer one."""
SEPARATOR = "//"
"""Between node and constant; no layer's name holds it."""
KEY = "fastscnn"


@dataclass(frozen=True, eq=False)
class Content:
    """What a file holds."""

    graph: Graph
    info: ModelInfo
    record: Mapping[str, Any] = field(default_factory=dict)
    """How the integers were decided, and how well they did: what reports show of a file alone."""


def dump(graph: Graph, info: ModelInfo, record: Mapping[str, Any] | None = None) -> bytes:
    """The file's bytes; the same graph, info and record are the same bytes."""
    arrays: dict[str, Array] = {}
    nodes = []
    for node in graph:
        attributes: dict[str, Any] = {}
        for part in fields(node.operator):
            value = getattr(node.operator, part.name)
            if isinstance(value, np.ndarray):
                arrays[f"{node.name}{SEPARATOR}{part.name}"] = np.ascontiguousarray(value)
            else:
                attributes[part.name] = asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]
        quant = asdict(node.quant) if node.quant is not None else None
        nodes.append([node.name, NAMES[type(node.operator)], list(node.inputs), attributes, quant])
    topology = json.dumps({"version": VERSION, "nodes": nodes, "output": graph.output}, sort_keys=True)
    texts = {
        "graph": topology,
        "info": info.to_json(),
        "record": json.dumps(record or {}, sort_keys=True, allow_nan=False),
    }
    content = {**texts, "digest": _digest(texts, arrays)}
    # one metadata key: the library writes several in hash order
    return save(dict(sorted(arrays.items())), {KEY: json.dumps(content, sort_keys=True)})


def digest(graph: Graph, info: ModelInfo) -> str:
    """sha256 of a network: every number of it and what is known of it, whatever file it came in."""
    return hashlib.sha256(dump(graph, info)).hexdigest()


def is_graph(path: Path) -> bool:
    """Whether a file, whatever it is called, holds a Graph rather than a checkpoint."""
    if not path.is_file():
        # a pipe would be waited for
        return False
    try:
        with safe_open(path, "numpy") as file:
            return KEY in (file.metadata() or {})
    except (SafetensorError, OSError, ValueError):
        return False


def load(path: Path) -> Content:
    """What a file holds; GraphFileError where it was cut, edited or is something else."""
    try:
        bounded.require(path, bounded.NETWORK)
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise GraphFileError(
            f"{path} cannot be read: {error.strerror or error}.", "Give what fastscnn-quantize wrote."
        ) from None
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise GraphFileError(
            f"{path} was cut, or is no quantized file: {error}.",
            "Copy it again, or make it again with fastscnn-quantize.",
        ) from None
    if KEY not in metadata:
        raise GraphFileError(f"{path} holds tensors but no graph.", "Write it with fastscnn-quantize.")
    try:
        content = json.loads(metadata[KEY])
        topology = json.loads(content["graph"])
        if type(topology["version"]) is not int or topology["version"] < 1:
            raise ValueError(f"its structure is of version {topology['version']!r}")
        if topology["version"] > VERSION:
            raise GraphFileError(
                f"{path} was made by a newer version (structure {topology['version']}, this one reads"
                f" {VERSION}).",
                "Upgrade fastscnn-mobile.",
            )
        if content["digest"] != _digest(content, arrays):
            raise GraphFileError(f"{path} was changed after it was made.", "Make the file again.")
        nodes = tuple(_node(entry, arrays) for entry in topology["nodes"])
        graph = Graph(nodes, topology["output"])
        validity.check(graph)
        info = ModelInfo.from_json(content["info"])
        record = json.loads(content["record"], parse_constant=_no_number)
        if not isinstance(record, dict):
            raise ValueError("its record is no table")
    except ValueError as error:
        raise GraphFileError(f"{path} holds a damaged graph: {error}.", "Make the file again.") from None
    except (LookupError, TypeError, ArithmeticError, AttributeError, RecursionError) as error:
        raise GraphFileError(
            f"{path} holds a damaged graph: its structure cannot be read ({type(error).__name__}: {error}).",
            "Make the file again.",
        ) from None
    if arrays:
        raise GraphFileError(
            f"{path} holds tensors that its graph does not use: {', '.join(sorted(arrays))}."
        )
    return Content(graph, info, record)


def _no_number(text: str) -> None:
    raise ValueError(f"its record holds {text}")


def _digest(texts: Mapping[str, str], arrays: Mapping[str, Array]) -> str:
    """sha256 over the texts and every array with its name, type and shape."""
    digest = hashlib.sha256()
    for name in ("graph", "info", "record"):
        digest.update(f"{name} {len(texts[name])}\n{texts[name]}".encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _node(entry: list[Any], arrays: dict[str, Array]) -> Node:
    name, kind, inputs, attributes, quant = entry
    operator = OPERATORS[kind]
    values: dict[str, Any] = {key: _attribute(value) for key, value in attributes.items()}
    for part in fields(operator):
        if part.name not in values:
            values[part.name] = arrays.pop(f"{name}{SEPARATOR}{part.name}")
    built: Operator = operator(**values)
    return Node(name, built, tuple(inputs), Quant(**quant) if quant is not None else None)


def _attribute(value: Any) -> Any:
    if isinstance(value, dict):
        return Padding(**value)
    return tuple(value) if isinstance(value, list) else value
