"""Camera frames made of photographs, and what a model is to see of them: the definition that Kotlin follows.

A frame is turned upright, cut or not, and brought to the model's size by Pillow's bilinear filter, which
fastscnn-predict and fastscnn-eval use; a letterbox's bars are the network's mean pixel in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from export import pictures
from fastscnn.graph.first_layer import rgb
from fastscnn.graph.graph import Array
from fastscnn.info import Preprocessing, Size

Fit = Literal["letterbox", "crop", "squash"]
CHANNELS = 4
PADDING = 0xA5
"""What lies between rows and pixels, and in alpha: nobody may read it."""


class Area(NamedTuple):
    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


@dataclass(frozen=True)
class Layout:
    """How a camera gives its frames."""

    rotation: Literal[0, 90, 180, 270] = 0
    """Clockwise, until the frame is upright."""
    row_padding: int = 0
    pixel_stride: int = CHANNELS


def photograph(index: int, size: Size) -> Array:
    """One of the embedded street photographs, small, RGB."""
    return pictures.opened(pictures.embedded()[index], size)


def as_the_camera_gives(upright: Array, layout: Layout) -> Array:
    """RGBA_8888 rows, height x row stride, of the frame before it is turned upright."""
    frame = np.rot90(upright, k=layout.rotation // 90)
    height, width = frame.shape[:2]
    pixels = np.full((height, width, layout.pixel_stride), PADDING, np.uint8)
    pixels[:, :, :3] = frame
    rows = np.full((height, width * layout.pixel_stride + layout.row_padding), PADDING, np.uint8)
    rows[:, : width * layout.pixel_stride] = pixels.reshape(height, -1)
    return rows


def placed(frame: Size, size: Size, fit: Fit) -> tuple[Area, Area]:
    """The part of an upright frame that is seen, and the part of the model's input that it fills."""
    if fit == "letterbox":
        return _whole(frame), _inscribed(frame, size)
    if fit == "crop":
        return _inscribed(size, frame), _whole(size)
    return _whole(frame), _whole(size)


def prepared(upright: Array, size: Size, fit: Fit, preprocessing: Preprocessing) -> Array:
    """RGB pixels of the model's size."""
    seen, filled = placed((upright.shape[0], upright.shape[1]), size, fit)
    part = Image.fromarray(np.ascontiguousarray(upright[seen.slices]))
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = neutral(preprocessing)
    canvas[filled.slices] = part.resize((filled.width, filled.height), Image.Resampling.BILINEAR)
    return canvas


def neutral(preprocessing: Preprocessing) -> Array:
    """The pixel that the network takes for nothing."""
    mean, _ = rgb(preprocessing)
    pixel: Array = np.rint(mean).clip(0, 255).astype(np.uint8)
    return pixel


def _whole(size: Size) -> Area:
    return Area(0, 0, size[1], size[0])


def _inscribed(shape: Size, within: Size) -> Area:
    """The largest area of one shape in the middle of another."""
    if shape[1] * within[0] > within[1] * shape[0]:
        height, width = _scaled(shape[0], within[1], shape[1], within[0]), within[1]
    else:
        height, width = within[0], _scaled(shape[1], within[0], shape[0], within[1])
    return Area((within[1] - width) // 2, (within[0] - height) // 2, width, height)


def _scaled(length: int, by: int, of: int, most: int) -> int:
    """`length * by / of`, rounded half up, at least a pixel and no more than there are."""
    return min(max((2 * length * by + of) // (2 * of), 1), most)
