"""Labels over the picture they belong to, with a legend of the classes that are there."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo

OPACITY = 0.55
ROW = 18
MARGIN = 6


def overlay(pixels: Array, labels: Array, info: ModelInfo) -> Image.Image:
    """RGB pixels and labels of the same height and width, as one picture with a legend below."""
    palette = np.asarray(info.colors, np.float32)
    mixed = (1 - OPACITY) * pixels + OPACITY * palette[labels]
    picture = Image.fromarray(mixed.round().astype(np.uint8))
    legend = _legend(labels, info, picture.width)
    joined = Image.new("RGB", (picture.width, picture.height + legend.height), "white")
    joined.paste(picture, (0, 0))
    joined.paste(legend, (0, picture.height))
    return joined


def _legend(labels: Array, info: ModelInfo, width: int) -> Image.Image:
    shares = np.bincount(labels.ravel(), minlength=len(info.classes)) / labels.size
    present = [index for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
    texts = [f"{info.classes[index]} {shares[index]:.1%}" for index in present]
    column = max((int(ImageDraw.Draw(Image.new("L", (1, 1))).textlength(t)) for t in texts), default=0)
    column += ROW + 2 * MARGIN
    columns = max(1, (width - MARGIN) // column)
    rows = -(-len(present) // columns)
    legend = Image.new("RGB", (width, rows * ROW + 2 * MARGIN), "white")
    draw = ImageDraw.Draw(legend)
    for place, (index, text) in enumerate(zip(present, texts, strict=True)):
        left, top = MARGIN + place % columns * column, MARGIN + place // columns * ROW
        color = info.colors[index]
        draw.rectangle((left, top + 3, left + 11, top + 14), fill=color, outline="black")
        draw.text((left + ROW, top + 3), text, fill="black")
    return legend
