"""Small data sets in each folder shape, drawn for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CAMVID = Path(__file__).resolve().parents[3] / "shared" / "data" / "camvid"
SIZE = (24, 32)


def picture(path: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def mask(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)


def striped(count: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Columns that hold 0, 1, ..., count - 1, 0, 1, ..."""
    return np.broadcast_to(np.arange(size[1]) % count, size)


def camvid(root: Path, train: int = 3, val: int = 2) -> Path:
    """Values 0 to 11, 11 being void."""
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            picture(root / split / f"{number:02}.png", number)
            mask(root / f"{split}annot" / f"{number:02}.png", striped(12))
    return root


def cityscapes(root: Path) -> Path:
    """One picture of one town in train and val; every label id from 0 to 33."""
    for split in ("train", "val"):
        picture(root / "leftImg8bit" / split / "ulm" / "ulm_000_leftImg8bit.png", size=(24, 40))
        labels = root / "gtFine" / split / "ulm" / "ulm_000_gtFine_labelIds.png"
        mask(labels, striped(34, (24, 40)))
    return root


def folder(root: Path, count: int, *, colored: bool = False, classes: str = "sky\nroad\nvoid\n") -> Path:
    """images/ and masks/ of two classes and void, as indices or as Pascal VOC's colours."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "classes.txt").write_text(classes, encoding="utf-8")
    palette = np.array([[128, 0, 0], [0, 128, 0], [0, 0, 0]], np.uint8)
    for number in range(count):
        picture(root / "images" / f"{number:02}.jpg", number)
        values = striped(3)
        mask(root / "masks" / f"{number:02}.png", palette[values] if colored else values)
    return root


def lesson(root: Path, train: int = 16, val: int = 4, size: tuple[int, int] = (64, 96)) -> Path:
    """A set that can be learnt in a minute: three classes that their colour gives away."""
    (root / "images").mkdir(parents=True)
    (root / "classes.txt").write_text("sky\nroad\ncar\n", encoding="utf-8")
    colors = np.array([[90, 140, 220], [90, 90, 90], [200, 40, 40]])
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            rng = np.random.default_rng([number, len(split)])
            values = np.zeros(size, np.uint8)
            values[rng.integers(20, 40) :] = 1
            top, left = rng.integers(10, 40), rng.integers(0, 60)
            values[top : top + 20, left : left + 30] = 2
            noise = rng.normal(0, 12, (*size, 3))
            pixels = np.clip(colors[values] + noise, 0, 255).astype(np.uint8)
            path = root / "images" / split / f"{number:02}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(path)
            mask(root / "masks" / split / f"{number:02}.png", values)
    return root
