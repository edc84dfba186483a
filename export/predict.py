"""What a model sees in pictures: label maps and overlays, at each picture's own size."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export import bundle
from export.inputs import Source
from export.models import Model
from export.overlay import overlay
from fastscnn.console import Console
from fastscnn.data import picture_files
from fastscnn.errors import ClassesError
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo

MOST_CLASSES = 256
"""A PNG's palette holds no more."""


def predict(
    model: Model, found: list[Source], out: Path, console: Console, *, force: bool
) -> list[dict[str, Any]]:
    """Write the results of every picture, then of every video; each of them whole or not at all."""
    if len(model.info.classes) > MOST_CLASSES:
        raise ClassesError(
            f"{model.name} has {len(model.info.classes)} classes; a label map holds {MOST_CLASSES}.",
            "Use a network of fewer classes.",
        )
    pictures = [source for source in found if not source.is_video]
    videos = [source for source in found if source.is_video]
    if videos:
        from export import video

        for source in videos:
            video.require(source.path)
    results = []
    with bundle.staging(out, dry=False) as folder:
        for source in console.progress(pictures, "segmenting", len(pictures)) if pictures else ():
            staged, result = _picture(model, source, folder)
            bundle.deliver(out, staged, force=force, documents=None, entries=None)
            results.append(result)
        for source in videos:
            staged, result = video.segmented(model, source, folder, console)
            bundle.deliver(out, staged, force=force, documents=None, entries=None)
            results.append(result)
    return results


def _picture(model: Model, source: Source, folder: Path) -> tuple[list[bundle.Staged], dict[str, Any]]:
    pixels = picture_files.pixels(source.path, upright=True)
    labels = model.labels(pixels)
    names = (f"{source.name}.labels.png", f"{source.name}.overlay.png")
    staged = [
        bundle.stage(folder, names[0], png(label_picture(labels, model.info))),
        bundle.stage(folder, names[1], png(overlay(pixels, labels, model.info))),
    ]
    counts = np.bincount(labels.ravel(), minlength=len(model.info.classes))
    shares = dict(zip(model.info.classes, (counts / labels.size).round(6).tolist(), strict=True))
    return staged, {
        "input": str(source.path),
        "kind": "picture",
        "labels": names[0],
        "overlay": names[1],
        "size": list(labels.shape),
        "shares": shares,
    }


def label_picture(labels: Array, info: ModelInfo) -> Image.Image:
    """Class indices as a PNG of palette mode: its values are the classes, its colours theirs."""
    picture = Image.fromarray(labels.astype(np.uint8)).convert("P")
    picture.putpalette([value for color in info.colors for value in color])
    return picture


def png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()
