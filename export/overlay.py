"""Labels over the picture they belong to, with a legend of the classes that are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo

OPACITY = 0.55
ROW = 18
MARGIN = 6


def overlay(pixels: Array, labels: Array, info: ModelInfo) -> Image.Image:
    """RGB pixels and labels of the same height and width, as one picture with a legend below."""
    shares = np.bincount(labels.ravel(), minlength=len(info.classes)) / labels.size
    present = [index for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
    texts = [f"{info.classes[index]} {shares[index]:.1%}" for index in present]
    legend = drawn_legend(texts, [info.colors[index] for index in present], labels.shape[1])
    return stacked(blended(pixels, labels, info), legend)


def blended(pixels: Array, labels: Array, info: ModelInfo) -> Image.Image:
    """The classes' colours over the picture."""
    palette = (OPACITY * np.asarray(info.colors, np.float32)).astype(np.float32)
    mixed = np.multiply(pixels, np.float32(1 - OPACITY), dtype=np.float32)
    mixed += palette[labels]
    return Image.fromarray(np.rint(mixed, out=mixed).astype(np.uint8))


def stacked(picture: Image.Image, legend: Image.Image) -> Image.Image:
    """One above the other."""
    width = max(picture.width, legend.width)
    joined = Image.new("RGB", (width, picture.height + legend.height), "white")
    joined.paste(picture, (0, 0))
    joined.paste(legend, (0, picture.height))
    return joined


def drawn_legend(texts: Sequence[str], colors: Sequence[tuple[int, int, int]], width: int) -> Image.Image:
    """As many columns as fit."""
    column = max((int(ImageDraw.Draw(Image.new("L", (1, 1))).textlength(t)) for t in texts), default=0)
    column += ROW + 2 * MARGIN
    columns = max(1, (width - MARGIN) // column)
    rows = -(-len(texts) // columns)
    legend = Image.new("RGB", (width, rows * ROW + 2 * MARGIN), "white")
    draw = ImageDraw.Draw(legend)
    for place, (color, text) in enumerate(zip(colors, texts, strict=True)):
        left, top = MARGIN + place % columns * column, MARGIN + place // columns * ROW
        draw.rectangle((left, top + 3, left + 11, top + 14), fill=color, outline="black")
        draw.text((left + ROW, top + 3), text, fill="black")
    return legend
