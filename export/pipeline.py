"""The whole way, from a checkpoint to delivered artifacts: the only place that knows it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from export import bundle, pictures
from export.bundle import Staged
from export.formats import FORMATS
from export.formats.base import Contents
from export.forms import Form, InputForm, OutputForm, Precision
from fastscnn.console import Console
from fastscnn.errors import UsageError
from fastscnn.graph import shapes
from fastscnn.graph.graph import Graph
from fastscnn.info import ModelInfo, Size

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint

DEFAULT_SIZE: Size = (512, 1024)
DEFAULT_NAME = "fastscnn-camvid"
SAFE_NAME = r"[\w+-][\w.+ -]{0,99}"
SUFFIXES = {".pth", ".pt", ".ckpt", ".tar", ".safetensors", ".pdparams", ".bin", ".pkl"}
Tamper = Callable[[Path], None]


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    formats: tuple[str, ...]
    checkpoint: Path | None = None
    size: Size | None = None
    precision: Precision = "fp32"
    input: InputForm = "image"
    output: OutputForm = "logits"
    stride: int = 1
    data: Path | None = None
    layout: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    classes: Path | None = None
    out: Path = Path("exports")
    name: str | None = None
    force: bool = False
    artifacts_only: bool = False
    dry_run: bool = False


class Timings(dict[str, float]):
    """Seconds by stage."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self[name] = round(self.get(name, 0.0) + time.perf_counter() - start, 4)


def export(request: Request, console: Console, *, tamper: Tamper | None = None) -> dict[str, Any]:
    """Write, check and deliver; the report.

    `tamper` is the seam between writing and checking: tests damage the staged file there.
    """
    from export import report

    timings = Timings()
    formats = [FORMATS[name] for name in request.formats]
    name = artifact_name(request)
    with timings.stage("import"):
        rooms = {format.name: format.room("write") for format in formats}
    with timings.stage("load"):
        checkpoint = load(request)
    form = form_of(request, checkpoint.info)
    for line in (*checkpoint.assumptions, *checkpoint.warnings):
        console.say(f"note: {line}")
    with timings.stage("lower"):
        graph = spelled(checkpoint, form)
        shapes.resolve(graph, form.size)
    with timings.stage("pictures"):
        compared = pictures.load(request.data, form.size, console)

    with bundle.staging(request.out, dry=request.dry_run) as folder:
        staged: dict[str, Staged] = {}
        for format in formats:
            with timings.stage(f"write.{format.name}"):
                files = rooms[format.name].write(graph, form.size, checkpoint.info)
            staged[format.name] = bundle.stage(folder, form.file_stem(name) + format.suffix, files)
            if tamper is not None:
                tamper(staged[format.name].path)
        artifacts = list(staged.values())
        bundle.refuse_overwriting(request.out, artifacts, force=request.force)
        contents, parity = check(staged, graph, form, checkpoint, compared, console, timings)
        content = report.compose(request, form, checkpoint, staged, contents, parity, timings)
        if not request.dry_run:
            quiet = request.artifacts_only
            bundle.deliver(
                request.out,
                artifacts,
                force=request.force,
                documents=None if quiet else {bundle.REPORT: content},
                entries=None if quiet else report.manifest_entries(content),
            )
    return content


def load(request: Request) -> Checkpoint:
    """The checkpoint's network, with class names from --classes where they were given."""
    from fastscnn.data import classes
    from fastscnn.network import checkpoint

    return checkpoint.load(
        request.checkpoint,
        layout=request.layout,
        variant=request.variant,
        classes=classes.read(request.classes) if request.classes else None,
    )


def form_of(request: Request, info: ModelInfo) -> Form:
    size = request.size or info.size or DEFAULT_SIZE
    stride: Literal[1, 8] = 8 if request.stride == 8 else 1
    return Form(size, request.precision, request.input, request.output, stride)


def spelled(checkpoint: Checkpoint, form: Form) -> Graph:
    """The network as a Graph in the form that was asked for."""
    from export.passes import fold_affine, half_weights, image_input, labels_output, output_stride, rgba_input
    from fastscnn.graph.from_torch import lower

    info = checkpoint.info
    graph = lower(checkpoint.network, names=checkpoint.names)
    if form.input == "image":
        graph = fold_affine.apply(image_input.apply(graph, info.preprocessing))
    elif form.input == "rgba":
        graph = rgba_input.apply(graph, info.preprocessing)
    graph = output_stride.apply(graph, form.stride, info.align_corners)
    if form.output == "labels":
        graph = labels_output.apply(graph)
    return half_weights.apply(graph) if form.precision == "fp16" else graph


def check(
    staged: Mapping[str, Staged],
    graph: Graph,
    form: Form,
    checkpoint: Checkpoint,
    compared: list[pictures.Picture],
    console: Console,
    timings: Timings,
) -> tuple[dict[str, Contents], dict[str, Any]]:
    """Audit every staged file, run it, and compare it with PyTorch; raises GateError on the first failure."""
    from export import audit, gate
    from export.torch_reference import TorchReference

    contents: dict[str, Contents] = {}
    for format_name, artifact in staged.items():
        with timings.stage(f"read.{format_name}"):
            contents[format_name] = FORMATS[format_name].room("read").read(artifact.path)
            audit.require(artifact.name, contents[format_name], graph, checkpoint.info)
    reference = TorchReference(checkpoint.network, checkpoint.info)
    judges = {name: gate.open_judge(FORMATS[name], artifact, graph) for name, artifact in staged.items()}
    for picture in console.progress(compared, "comparing with PyTorch", len(compared)):
        with timings.stage("pytorch"):
            expected = reference.expect(picture.name, picture.pixels, form.stride, form.precision)
        for format_name, judge in judges.items():
            with timings.stage(f"check.{format_name}"):
                judge.judge(expected, picture.pixels, form, checkpoint.info)
    return contents, {name: judge.verdict() for name, judge in judges.items()}


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
