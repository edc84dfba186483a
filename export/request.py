"""What the user asked an export for, as values: what the command line and other callers build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from export.formats import FORMATS
from export.forms import Activations, Form, InputForm, OutputForm, Precision
from fastscnn.data.limits import Limits
from fastscnn.errors import UsageError
from fastscnn.graph import file
from fastscnn.info import ModelInfo, Size

DEFAULT_SIZE: Size = (512, 1024)
DEFAULT_NAME = "fastscnn-camvid"
QUANTIZED = ".int8.safetensors"
SAFE_NAME = r"[\w+-][\w.+ -]{0,99}"
SUFFIXES = {".pth", ".pt", ".ckpt", ".tar", ".safetensors", ".pdparams", ".bin", ".pkl", ".int8"}


@dataclass(frozen=True)
class Request:
    """One run of the exporter."""

    formats: tuple[str, ...]
    checkpoint: Path | None = None
    size: Size | None = None
    precision: Precision = "fp32"
    input: InputForm = "image"
    output: OutputForm = "logits"
    stride: int = 1
    float_output: bool = False
    onnx_activations: Activations = "uint8"
    coreml_weights_only: bool = False
    plain: bool = False
    data: Path | None = None
    limits: Limits = field(default_factory=Limits)
    layout: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    classes: Path | None = None
    out: Path = Path("exports")
    name: str | None = None
    force: bool = False
    artifacts_only: bool = False
    try_it: bool = False
    """A page that runs the integers in a browser."""
    dry_run: bool = False

    @property
    def takes_quantized(self) -> bool:
        """Whether the checkpoint is a quantized file."""
        return self.checkpoint is not None and is_quantized(self.checkpoint)


def is_quantized(path: Path) -> bool:
    """By its name, or by what it holds where it was renamed."""
    return path.name.endswith(QUANTIZED) or file.is_graph(path)


def form_of(request: Request, info: ModelInfo) -> Form:
    size = request.size or info.size or DEFAULT_SIZE
    stride: Literal[1, 8] = 8 if request.stride == 8 else 1
    return Form(
        size,
        request.precision,
        request.input,
        request.output,
        stride,
        request.float_output,
        request.onnx_activations,
        request.coreml_weights_only,
        request.plain,
    )


def artifact_name(request: Request) -> str:
    """--name, the checkpoint's stem, or the embedded network's name."""
    if request.name is None:
        return _stem(request.checkpoint) if request.checkpoint else DEFAULT_NAME
    if not re.fullmatch(SAFE_NAME, request.name):
        raise UsageError(
            f"--name {request.name!r} cannot be part of a file's name.",
            "Use letters, digits, dots, dashes and underscores.",
        )
    return request.name


def _stem(checkpoint: Path) -> str:
    """The file's name without the suffixes that checkpoints have, safe as a part of another."""
    name = checkpoint.name
    while (bare := Path(name)).suffix.lower() in SUFFIXES and bare.stem:
        name = bare.stem
    if re.fullmatch(SAFE_NAME, name):
        return name
    return re.sub(r"[^\w+-]+", "-", name).strip("-")[:100] or DEFAULT_NAME


def formats_of(names: list[str]) -> tuple[str, ...]:
    """The formats asked for, in the order of the table; `all` means all."""
    return tuple(name for name in FORMATS if "all" in names or name in names)
