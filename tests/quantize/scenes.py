"""Small street scenes that the embedded network understands: crops of the photographs inside the package."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from fastscnn.graph import kernels, labels
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array
from fastscnn.network import checkpoint
from fastscnn.network.running import computing
from tests.data import sets

SIZE = (96, 160)
VOID = 11
MARGIN = 4.0


@cache
def embedded() -> checkpoint.Checkpoint:
    return checkpoint.load()


def scene(number: int, size: tuple[int, int] = SIZE) -> Array:
    """A crop of its own, RGB."""
    folder = Path(str(resources.files("fastscnn.data"))) / "street"
    photographs = sorted(folder.glob("*.jpg"))
    with Image.open(photographs[number % len(photographs)]) as photograph:
        whole = photograph.convert("RGB")
    left = (number // len(photographs)) * whole.width // 40
    box = (left, whole.height // 10, left + whole.width * 2 // 3, whole.height * 9 // 10)
    return np.asarray(whole.crop(box).resize((size[1], size[0]), Image.Resampling.BILINEAR))


def sure_of(pixels: Array) -> Array:
    """The float network's labels; void where another class is near, and where a class is a few pixels."""
    info = embedded().info
    logits = computing(embedded().network, 1)(normalised(pixels, info.preprocessing))
    first, second = np.sort(kernels.resize(logits, SIZE, info.align_corners), axis=2)[:, :, :-3:-1].transpose(
        2, 0, 1
    )
    seen = labels.at(logits, SIZE, SIZE, info.align_corners)
    rare = np.bincount(seen.ravel(), minlength=VOID)[seen] < seen.size // 50
    return np.where((first - second < MARGIN) | rare, VOID, seen)


def photographs(root: Path, count: int) -> Path:
    """A plain folder."""
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.fromarray(scene(number)).save(root / f"{number:02}.png")
    return root


def labelled(root: Path, train: int = 8, val: int = 3) -> Path:
    """A data set in CamVid's shape, whose masks are what the embedded network is sure of in float."""
    for split, numbers in (("train", range(train)), ("val", range(train, train + val))):
        for number in numbers:
            pixels = scene(number)
            (root / split).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / split / f"{number:02}.png")
            sets.mask(root / f"{split}annot" / f"{number:02}.png", sure_of(pixels))
    return root
