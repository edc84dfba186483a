"""What each file saw, as pictures inside the page: photograph, labels, and where labels differ."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from export.views import View
from fastscnn.graph.graph import Array

LONGEST = 1024
"""Pixels of a picture's longer side, at most: larger ones are shown at a fraction."""
MARKS = 256
"""Marks along the longer side of a map of differences: one pixel of a thousand would not be seen."""
MARK = (229, 0, 126)
BUDGET = 1_900_000
"""Characters that all pictures together may take: the page stays below 3 MB."""
QUALITY = 80
PALETTE = 256


@dataclass(frozen=True)
class Tile:
    """One picture over the photograph."""

    file: str
    """Empty: the network that the files are compared with."""
    format: str
    labels: str
    """A data: address."""
    marks: str
    differing: int
    pixels: int
    block: int
    """Pixels of a mark's side."""

    @property
    def share(self) -> float:
        return self.differing / self.pixels


@dataclass(frozen=True)
class Present:
    """A class in a picture."""

    name: str
    color: tuple[int, int, int]
    share: float


@dataclass(frozen=True)
class Panel:
    """One photograph and all that was seen on it."""

    name: str
    width: int
    height: int
    photograph: str
    wanted: Tile
    found: tuple[Tile, ...]
    legend: tuple[Present, ...]

    @property
    def characters(self) -> int:
        tiles = (self.wanted, *self.found)
        return len(self.photograph) + sum(len(tile.labels) + len(tile.marks) for tile in tiles)


def panels(report: Mapping[str, Any], views: Sequence[View]) -> list[Panel]:
    """The one with most differences first; as many as fit."""
    model = report["model"]
    colors = [(int(red), int(green), int(blue)) for red, green, blue in model["colors"]]
    files = {artifact["format"]: artifact["file"] for artifact in report["artifacts"]}
    chosen: list[Panel] = []
    for view in sorted(views, key=lambda view: -_most(view)):
        panel = _panel(view, files, model["classes"], colors)
        if chosen and sum(other.characters for other in chosen) + panel.characters > BUDGET:
            break
        chosen.append(panel)
    return chosen


def _most(view: View) -> int:
    return max(int(np.count_nonzero(view.differing(format))) for format in view.found)


def _panel(
    view: View, files: Mapping[str, str], classes: Sequence[str], colors: Sequence[tuple[int, int, int]]
) -> Panel:
    height, width = view.picture.pixels.shape[:2]
    counts = np.bincount(view.wanted.ravel(), minlength=len(classes))
    for labels in view.found.values():
        counts = np.maximum(counts, np.bincount(labels.ravel(), minlength=len(classes)))
    order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    photograph = Image.fromarray(view.picture.pixels).reduce(_fraction(view.picture.pixels))
    return Panel(
        view.picture.name,
        width,
        height,
        _address(photograph, "jpeg", quality=QUALITY),
        Tile("", "", _labels(view.wanted, colors), "", 0, view.wanted.size, 1),
        tuple(_tile(view, format, file, colors) for format, file in files.items()),
        tuple(Present(classes[i], colors[i], float(counts[i] / view.wanted.size)) for i in order),
    )


def _tile(view: View, format: str, file: str, colors: Sequence[tuple[int, int, int]]) -> Tile:
    apart = view.differing(format)
    block = max(1, -(-max(apart.shape) // MARKS))
    count = int(np.count_nonzero(apart))
    marks = _marks(apart, block) if count else ""
    return Tile(file, format, _labels(view.found[format], colors), marks, count, apart.size, block)


def _labels(labels: Array, colors: Sequence[tuple[int, int, int]]) -> str:
    """One pixel a label, without loss; their colours are the palette's."""
    step = _fraction(labels)
    labels = labels[::step, ::step]
    if len(colors) > PALETTE:
        return _address(Image.fromarray(np.asarray(colors, np.uint8)[labels]), "png")
    picture = Image.fromarray(np.ascontiguousarray(labels, np.uint8)).convert("P")
    picture.putpalette([value for color in colors for value in color])
    return _address(picture, "png")


def _marks(apart: Array, block: int) -> str:
    """Blocks that hold a difference; the rest is transparent."""
    rows, columns = (-(-n // block) for n in apart.shape)
    padded = np.zeros((rows * block, columns * block), bool)
    padded[: apart.shape[0], : apart.shape[1]] = apart
    marked = padded.reshape(rows, block, columns, block).any(axis=(1, 3))
    picture = Image.fromarray(marked.astype(np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, *MARK])
    return _address(picture, "png", transparency=0)


def _fraction(map_: Array) -> int:
    return max(1, -(-max(map_.shape[:2]) // LONGEST))


def _address(picture: Image.Image, kind: str, **options: Any) -> str:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
