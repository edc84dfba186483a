"""A confusion matrix as a picture: how much of each true class was taken for which."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from fastscnn.data.scores import Score

CELL = (40, 26)
"""Width, height."""
MARGIN = 12
INK = np.array([24, 78, 140])
"""The colour of 100 %."""
TITLE = "Row: the true class. Column: what it was taken for, in % of the row's pixels. Last column: IoU in %."
OTHER = "(no class of the data set)"


def confusion_picture(score: Score) -> Image.Image:
    """Classes in rows and columns; a column for what the data set has no name for, if it was predicted."""
    counts = score.confusion.counts
    others = bool(counts[:, -1].any())
    names = [*score.classes, *([OTHER] if others else [])]
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)[:-1, : len(names)]
    labels = [_text(name) for name in names]
    widest = max(label.width for label in labels)
    title = _text(TITLE)
    left, top = MARGIN + widest + MARGIN, MARGIN + title.height + MARGIN + widest + MARGIN
    width = left + CELL[0] * (len(names) + 1) + 2 * MARGIN
    height = top + CELL[1] * len(score.classes) + MARGIN
    picture = Image.new("RGB", (max(width, title.width + 2 * MARGIN), height), "white")
    picture.paste(title, (MARGIN, MARGIN))
    for column, label in enumerate(labels):
        turned = label.rotate(90, expand=True)
        x = left + column * CELL[0] + (CELL[0] - turned.width) // 2
        picture.paste(turned, (x, top - MARGIN // 2 - turned.height))
    for row, iou in enumerate(score.per_class().values()):
        y = top + row * CELL[1]
        picture.paste(labels[row], (left - MARGIN // 2 - labels[row].width, y + 6))
        for column in range(len(names)):
            known = bool(totals[row, 0])
            _cell(picture, (left + column * CELL[0], y), shares[row, column] if known else None)
        _number(picture, (left + len(names) * CELL[0] + MARGIN, y), iou, "black")
    return picture


def _cell(picture: Image.Image, place: tuple[int, int], share: float | None) -> None:
    mixed = np.rint(255 + (INK - 255) * (share or 0.0)).astype(int)
    corner = (place[0] + CELL[0] - 1, place[1] + CELL[1] - 1)
    ImageDraw.Draw(picture).rectangle(
        (*place, *corner), fill=(int(mixed[0]), int(mixed[1]), int(mixed[2])), outline=(225, 225, 225)
    )
    _number(picture, place, share, "white" if (share or 0.0) > 0.5 else "black")


def _number(picture: Image.Image, place: tuple[int, int], share: float | None, ink: str) -> None:
    text = "-" if share is None else f"{100 * share:.1f}"
    draw = ImageDraw.Draw(picture)
    draw.text((place[0] + (CELL[0] - draw.textlength(text)) / 2, place[1] + 7), text, fill=ink)


def _text(text: str) -> Image.Image:
    _, _, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text)
    drawn = Image.new("RGB", (int(right) + 1, int(bottom) + 1), "white")
    ImageDraw.Draw(drawn).text((0, 0), text, fill="black")
    return drawn
