"""What is exported: a checkpoint's float network, or the integers that were decided for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from export.aside import Aside
from export.request import DEFAULT_SIZE, Request
from fastscnn.console import Console
from fastscnn.errors import UsageError
from fastscnn.graph.graph import Graph
from fastscnn.info import ModelInfo

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint

EMBEDDED = "embedded"


@dataclass(frozen=True, eq=False)
class Source:
    """A network as a Graph that no form has touched, and what is known of it."""

    file: str
    sha256: str
    info: ModelInfo
    graph: Graph
    network: Callable[[], Any] | None
    """The float network in PyTorch, loaded when it is asked for; None where a quantized file stands alone."""
    aside: Aside | None = None
    """The same in a process of its own, where its loading has begun there."""
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    """Of a quantized graph: how its integers were decided, and how well they did."""


def load(request: Request, console: Console) -> Source:
    """The source of an export; imports torch only where a float network is read."""
    if request.takes_quantized:
        return _quantized_file(request)
    if request.precision != "int8":
        return _float(request)
    if request.data is not None:
        return _calibrated(request, request.data, console)
    if request.checkpoint is not None:
        raise UsageError(
            f"{request.checkpoint} is a float checkpoint: int8 needs pictures to calibrate on.",
            "Give --data with a folder of photographs like those it will see, or a data set.",
        )
    return _embedded(request)


def ahead(source: Source, request: Request) -> Source:
    """The same, its float network loading beside all else where it is still to be loaded."""
    if source.file != EMBEDDED or source.network is None or "torch" in sys.modules:
        return source
    return replace(source, aside=Aside(request))


def checkpoint(request: Request) -> Checkpoint:
    """The checkpoint's network, with class names from --classes where they were given."""
    from fastscnn.data import classes
    from fastscnn.network import checkpoint

    return checkpoint.load(
        request.checkpoint,
        layout=request.layout,
        variant=request.variant,
        classes=classes.read(request.classes) if request.classes else None,
    )


def _float(request: Request) -> Source:
    from fastscnn.graph.from_torch import lower

    loaded = checkpoint(request)
    graph = lower(loaded.network, names=loaded.names)
    return _of(loaded, request, graph)


def _calibrated(request: Request, data: Path, console: Console) -> Source:
    from quantize import calibration, ptq

    loaded = checkpoint(request)
    size = request.size or loaded.info.size or DEFAULT_SIZE
    pictures = calibration.choose(data, size, console)
    entry: Literal["image", "tensor"] = "tensor" if request.input == "tensor" else "image"
    quantized = ptq.quantize(loaded, pictures, input=entry, console=console)
    return _of(loaded, request, quantized.graph, quantized.record)


def _of(
    loaded: Checkpoint, request: Request, graph: Graph, record: Mapping[str, Any] | None = None
) -> Source:
    return Source(
        request.checkpoint.name if request.checkpoint else EMBEDDED,
        loaded.sha256,
        loaded.info,
        graph,
        lambda: loaded.network,
        assumptions=loaded.assumptions,
        warnings=loaded.warnings,
        record=record or {},
    )


def _embedded(request: Request) -> Source:
    """The integers that the package ships, and its float network beside them."""
    return _read(embedded_quantized(), EMBEDDED, lambda: checkpoint(request).network)


def embedded_quantized() -> Path:
    """The quantized file that the package ships."""
    return Path(str(resources.files("fastscnn.weights"))) / "camvid.int8.safetensors"


def _quantized_file(request: Request) -> Source:
    if request.layout or request.variant or request.classes:
        raise UsageError(
            f"{request.checkpoint} says its layout and classes itself.",
            "Leave out --layout, --variant and --classes: they are for float checkpoints.",
        )
    assert request.checkpoint is not None
    return _read(request.checkpoint, request.checkpoint.name, None)


def _read(path: Path, name: str, network: Callable[[], Any] | None) -> Source:
    from export.bundle import digest
    from fastscnn.graph import file

    content = file.load(path)
    return Source(name, digest(path), content.info, content.graph, network, record=content.record)
