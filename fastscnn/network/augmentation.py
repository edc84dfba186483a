"""Random crops: where to look, how large, which way round, in what light. numpy and Pillow only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fastscnn.data.masks import IGNORED
from fastscnn.info import Preprocessing, Size

Pixels = NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Window:
    """A part of a picture in its own pixels; it may reach past the border."""

    top: float
    left: float
    height: float
    width: float


def drawn_window(
    rng: np.random.Generator,
    picture: Size,
    crop: Size,
    scales: tuple[float, float],
    focus: tuple[int, int] | None,
) -> Window:
    """A window that becomes a crop; a focus (row, column) lies somewhere inside it."""
    scale = float(np.exp(rng.uniform(np.log(scales[0]), np.log(scales[1]))))
    stretch = float(np.exp(rng.uniform(-0.1, 0.1)))
    height, width = crop[0] / scale, crop[1] / scale * stretch
    places = rng.uniform(0, 1, 2)
    starts = []
    for side, length, place, at in zip(
        picture, (height, width), places, focus if focus else (None, None), strict=True
    ):
        room = side - length
        start = place * room if at is None else at - (0.1 + 0.8 * place) * length
        starts.append(float(np.clip(start, min(0.0, room), max(0.0, room))))
    return Window(starts[0], starts[1], height, width)


def cut(pixels: Pixels, mask: Pixels, window: Window, crop: Size) -> tuple[NDArray[np.float32], Pixels]:
    """The window at the crop's size; NaN and IGNORED where it reaches past the picture."""
    rows, columns = pixels.shape[:2]
    top, left = max(0.0, window.top), max(0.0, window.left)
    bottom = min(float(rows), window.top + window.height)
    right = min(float(columns), window.left + window.width)
    down, across = crop[0] / window.height, crop[1] / window.width
    y, x = round((top - window.top) * down), round((left - window.left) * across)
    height = min(crop[0] - y, max(1, round((bottom - top) * down)))
    width = min(crop[1] - x, max(1, round((right - left) * across)))
    box = (left, top, right, bottom)
    looked = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR, box=box)
    named = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST, box=box)
    out = np.full((*crop, 3), np.nan, np.float32)
    truth = np.full(crop, IGNORED, np.uint8)
    out[y : y + height, x : x + width] = looked
    truth[y : y + height, x : x + width] = named
    return out, truth


def lit(rng: np.random.Generator, pixels: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
    """Brightness, contrast, saturation and tint changed at random: one matrix and one offset."""
    brightness, contrast, saturation = (1 + strength * rng.uniform(-1, 1, 3)).astype(np.float32)
    tint = (1 + 0.2 * strength * rng.uniform(-1, 1, 3)).astype(np.float32)
    grey = np.outer(np.ones(3, np.float32), _LUMA)
    matrix = (saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * grey) * tint[:, None]
    middle = np.nanmean(pixels[::8, ::8], axis=(0, 1))
    offset = (matrix @ middle) * brightness * (1 - contrast)
    changed = pixels.reshape(-1, 3) @ (matrix.T * (brightness * contrast)) + offset
    return np.clip(changed, 0, 255).reshape(pixels.shape).astype(np.float32, copy=False)


def normalised(pixels: NDArray[np.float32], preprocessing: Preprocessing) -> NDArray[np.float32]:
    """As the network wants it; what lies past the picture becomes the mean."""
    ordered = pixels if preprocessing.order == "rgb" else pixels[..., ::-1]
    mean = np.asarray(preprocessing.mean, np.float32)
    scaled = (ordered - mean) / np.asarray(preprocessing.std, np.float32)
    return np.nan_to_num(scaled, copy=False, nan=0.0)


def focus_on(rng: np.random.Generator, mask: Pixels, index: int) -> tuple[int, int] | None:
    """A random pixel of a class, None where the mask has none."""
    places = np.flatnonzero(mask == index)
    if not len(places):
        return None
    row, column = divmod(int(places[rng.integers(len(places))]), mask.shape[1])
    return row, column
