"""Models for tests: artifacts of the embedded network, and one that sees colours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from export import bundle, spelling
from export.formats import FORMATS
from export.forms import Form
from export.models import Model
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo, Size
from fastscnn.network import checkpoint

SIZE = (64, 96)
CLASSES = ("sky", "road", "car")
COLORS = ((70, 130, 180), (128, 64, 128), (0, 0, 142))


@cache
def embedded() -> checkpoint.Checkpoint:
    return checkpoint.load()


def artifact(folder: Path, format_name: str, form: Form) -> Path:
    """The embedded network, written without being judged."""
    format = FORMATS[format_name]
    folder.mkdir(parents=True, exist_ok=True)
    network = lower(embedded().network, names=embedded().names)
    graph = spelling.spelled(network, embedded().info, form, format_name)
    files = format.room("write").write(graph, form.size, embedded().info)
    return bundle.stage(folder, form.file_stem("net", format_name) + format.suffix, files).path


def seeing_colors(size: Size = (32, 48), classes: tuple[str, ...] = CLASSES, stride: int = 8) -> Model:
    """Logits at 1/8: how near each block's mean colour is to each class's."""
    palette = np.array(COLORS[: len(classes)], np.float32)

    def compute(pixels: Array) -> Array:
        rows, columns = size[0] // stride, size[1] // stride
        means = pixels.reshape(rows, stride, columns, stride, 3).mean(axis=(1, 3))
        return -np.abs(means[:, :, None] - palette).sum(axis=3).astype(np.float32)

    return fake(classes, size, compute)


def fake(classes: tuple[str, ...], size: Size, compute: Callable[[Array], Array]) -> Model:
    info = ModelInfo("fake", classes, COLORS[: len(classes)], align_corners=False)
    return Model("fake", "numpy", info, size, "0" * 64, "image", "logits", compute)
