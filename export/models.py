"""Any file that segments, as one thing: a checkpoint of any layout, an artifact, or the embedded network.

What it gives at a picture's own size is always made in the same two steps: its logits at the network's
size (those at 1/8 brought there bilinearly), and these brought bilinearly to the size asked for, both in
the network's own alignment (`ModelInfo.align_corners`). So a checkpoint and its artifacts at stride 1 and
8 have one score. A file of labels has no logits left: its labels go to the nearest pixel instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export import borders
from export.formats import FORMATS, Format
from export.formats.base import THREADS, Contents
from export.forms import InputForm, OutputForm, feed
from export.request import DEFAULT_SIZE, is_quantized
from fastscnn.data.datasets import squashed
from fastscnn.errors import SizeError, UsageError
from fastscnn.graph import labels
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo, Size

EMBEDDED = "the embedded network"
SAYS_ITSELF = "Leave out --layout, --variant and --classes: they are for checkpoints."
ARTIFACTS = {format.suffix: format for format in FORMATS.values()}


@dataclass(frozen=True, eq=False)
class Model:
    """A file that is open, and what is known of it."""

    name: str
    """The path as it was given."""
    runtime: str
    info: ModelInfo
    size: Size
    """Height and width that it takes."""
    sha256: str
    input: InputForm
    output: OutputForm
    compute: Callable[[Array], Array]
    """A picture in the input form, float32, to the map that the file gives, height x width x channels."""
    notes: tuple[str, ...] = ()
    """What was assumed."""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What reports say of it."""
        return {
            "file": self.name,
            "sha256": self.sha256,
            "layout": self.info.layout,
            "classes": list(self.info.classes),
            "trained": self.info.trained,
            "runtime": self.runtime,
            "size": list(self.size),
            "input": self.input,
            "output": self.output,
            "assumptions": list(self.notes),
            "warnings": list(self.warnings),
        }

    def logits(self, pixels: Array) -> Array:
        """What the file gives for RGB pixels of any size: logits at its own output size."""
        if self.output == "labels":
            raise ValueError(f"{self.name} gives labels, not logits")
        return self._run(pixels)

    def labels(self, pixels: Array, size: Size | None = None) -> Array:
        """Class indices at a size, by default that of the pixels, int32."""
        target = (pixels.shape[0], pixels.shape[1]) if size is None else size
        result = self._run(pixels)
        aligned = self.info.align_corners
        if self.output == "labels":
            return labels.nearest(result[:, :, 0], target, aligned)
        return labels.at(result, self.size, target, aligned)

    def _run(self, pixels: Array) -> Array:
        return self.compute(feed(squashed(pixels, self.size), self.input, self.info.preprocessing))


def open_model(
    file: Path | None = None,
    *,
    size: Size | None = None,
    layout: str | None = None,
    variant: Mapping[str, str] | None = None,
    classes: Path | None = None,
) -> Model:
    """A file ready to segment pictures; without one, the embedded network.

    `size`, where it is given, must be an artifact's own; `layout`, `variant` and `classes` are for
    checkpoints that do not say.
    """
    if file is not None and file.suffix.lower() in ARTIFACTS:
        if layout or variant or classes:
            raise UsageError(f"{file} says its layout and classes itself.", SAYS_ITSELF)
        return _artifact(file, ARTIFACTS[file.suffix.lower()], size)
    if file is not None and is_quantized(file):
        if layout or variant or classes:
            raise UsageError(f"{file} says its layout and classes itself.", SAYS_ITSELF)
        return _quantized(file, size)
    return _checkpoint(file, size, layout, variant, classes)


def _checkpoint(
    file: Path | None,
    size: Size | None,
    layout: str | None,
    variant: Mapping[str, str] | None,
    classes: Path | None,
) -> Model:
    # read when torch is loaded: threads that spin while they wait cost five times the time on a busy machine
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from export import torch_model
    from fastscnn.data import classes as class_tables
    from fastscnn.network import checkpoint

    names = class_tables.read(classes) if classes is not None else None
    loaded = checkpoint.load(file, layout=layout, variant=variant, classes=names)
    chosen = size or loaded.info.size or DEFAULT_SIZE
    torch_model.require_size(loaded, chosen)
    return Model(
        name=str(file) if file is not None else EMBEDDED,
        runtime=torch_model.runtime(THREADS),
        info=loaded.info,
        size=chosen,
        sha256=loaded.sha256,
        input="tensor",
        output="logits",
        compute=torch_model.computing(loaded, THREADS),
        notes=loaded.assumptions,
        warnings=(*loaded.warnings, *_untrained(loaded.info, file)),
    )


def _quantized(file: Path, size: Size | None) -> Model:
    """The integers themselves, computed by the oracle: what every artifact of this file must compute."""
    from export.bundle import digest
    from fastscnn.graph import file as graph_file
    from fastscnn.graph import integers, reference, shapes

    content = graph_file.load(file)
    graph, info = content.graph, content.info
    chosen = size or info.size or DEFAULT_SIZE
    shapes.resolve(graph, chosen)
    quant = graph[graph.output].quant

    def compute(given: Array) -> Array:
        result = reference.run(graph, given)[graph.output]
        return result if quant is None else integers.dequantize(result, quant)

    return Model(
        name=str(file),
        runtime=f"the integer oracle, numpy {np.__version__}",
        info=info,
        size=chosen,
        sha256=digest(file),
        input="image" if graph.input.name == "image" else "tensor",
        output="logits",
        compute=compute,
        warnings=_untrained(info, file),
    )


def _artifact(file: Path, format: Format, size: Size | None) -> Model:
    from export.bundle import digest

    contents: Contents = format.room("read").read(file)
    takes = borders.extent(contents.input)
    if size is not None and size != takes:
        raise SizeError(
            f"{file} takes pictures of {takes[0]}x{takes[1]}, not {size[0]}x{size[1]}.",
            "Leave out --size, or export the checkpoint at that size.",
        )
    output = borders.output_form(file, contents)
    # the last of its gates is the way in which users run it
    runner = format.room("run").load(file, threads=THREADS, **format.gates[-1])

    def compute(given: Array) -> Array:
        result = runner.run(borders.quantized(given, contents.input))[contents.output.name]
        return result if output == "labels" else borders.dequantized(result, contents.output)

    return Model(
        name=str(file),
        runtime=runner.runtime,
        info=contents.info,
        size=takes,
        sha256=digest(file),
        input=borders.input_form(file, contents.input),
        output=output,
        compute=compute,
        warnings=_untrained(contents.info, file),
    )


def _untrained(info: ModelInfo, file: Path | None) -> tuple[str, ...]:
    name = "The embedded network" if file is None else str(file)
    return () if info.trained else (f"{name} is untrained: its labels mean nothing.",)
