"""What is explained: an artifact on disk, or a network that artifacts can be made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from export import source
from export.bundle import digest
from export.formats import FORMATS, Format
from export.formats.base import Contents
from export.request import Request, is_quantized
from fastscnn.console import Console
from fastscnn.errors import InputError
from fastscnn.graph.graph import Graph
from fastscnn.info import ModelInfo, Size

SUFFIXES = {format.suffix: format for format in FORMATS.values()}
EMBEDDED = "the embedded network"


@dataclass(frozen=True, eq=False)
class Artifact:
    """A file of one of our formats, read back."""

    path: Path
    format: Format
    sha256: str
    contents: Contents


@dataclass(frozen=True, eq=False)
class Network:
    """A checkpoint or a quantized file, as a Graph."""

    name: str
    path: Path | None
    sha256: str
    graph: Graph
    info: ModelInfo
    record: Mapping[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """Options that may go with a checkpoint or a layer."""

    size: Size | None
    data: Path | None
    layout: str | None
    variant: Mapping[str, str]
    classes: Path | None


def is_file(word: str) -> bool:
    """Whether what is to be explained is a file rather than a layer."""
    path = Path(word)
    return path.exists() or path.suffix.lower() in SUFFIXES or word.endswith(".safetensors")


def opened(path: Path | None, wishes: Wishes, console: Console) -> Artifact | Network:
    """An artifact by its suffix, else a network; without a path the embedded integers."""
    if path is None or path.suffix.lower() not in SUFFIXES:
        return _network(path, wishes, console)
    format = SUFFIXES[path.suffix.lower()]
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Give an artifact, a checkpoint or a quantized file.")
    # read first: it refuses what a digest would never come to the end of
    contents = format.room("read").read(path)
    return Artifact(path, format, digest(path), contents)


def _network(path: Path | None, wishes: Wishes, console: Console) -> Network:
    quantized = path is None or is_quantized(path)
    request = Request(
        formats=(),
        checkpoint=path,
        size=wishes.size,
        precision="int8" if quantized else "fp32",
        layout=wishes.layout,
        variant=wishes.variant,
        classes=wishes.classes,
    )
    loaded = source.load(request, console)
    name = EMBEDDED if path is None else str(path)
    return Network(name, path, loaded.sha256, loaded.graph, loaded.info, loaded.record, loaded.assumptions)
