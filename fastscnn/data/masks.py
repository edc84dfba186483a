"""What the values or colours of a mask mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fastscnn import bounded, naming
from fastscnn.errors import DataError

IGNORED = 255
"""The mask value of pixels that do not count."""
LARGEST_LIST = 1 << 20
"""Bytes: more is no list of classes."""
_UNKNOWN = 254


@dataclass(frozen=True)
class MaskCode:
    """Class names and colours, and how a mask's values or colours name them."""

    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    values: dict[int, int]
    """Mask value to class index."""
    ignored: tuple[int, ...] = ()
    ignored_colors: tuple[tuple[int, int, int], ...] = ()

    @cached_property
    def _table(self) -> NDArray[np.uint8]:
        table = np.full(256, _UNKNOWN, np.uint8)
        for value, index in self.values.items():
            table[value] = index
        table[list(self.ignored)] = IGNORED
        return table

    @cached_property
    def _colors(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        known = {_packed(color): index for index, color in enumerate(self.colors)}
        for color in self.ignored_colors:
            known.setdefault(_packed(color), IGNORED)
        keys = np.array(sorted(known), np.int64)
        return keys, np.array([known[int(key)] for key in keys], np.uint8)

    def indices(self, image: Image.Image, path: Path) -> NDArray[np.uint8]:
        """A mask's class indices; a value or colour that means nothing is an error that names the file."""
        if image.mode in ("1", "L", "P"):
            return self._from_values(np.asarray(image, np.uint8), path)
        if image.mode in ("I", "I;16", "I;16B"):
            wide = np.asarray(image).astype(np.int64)
            if wide.min() < 0 or wide.max() > 255:
                raise self._unknown(path, f"value {int(wide.max())}")
            return self._from_values(wide.astype(np.uint8), path)
        if image.mode in ("RGB", "RGBA"):
            return self._from_colors(np.asarray(image.convert("RGB")), path)
        raise DataError(
            f"The mask {path} has mode {image.mode}.", "A mask is an 8-bit index picture or an RGB picture."
        )

    def _from_values(self, values: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = self._table[values]
        if (found == _UNKNOWN).any():
            raise self._unknown(path, f"value {int(values[found == _UNKNOWN].min())}")
        return found

    def _from_colors(self, pixels: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
        keys, indices = self._colors
        red, green, blue = (pixels[..., channel].astype(np.int64) for channel in range(3))
        packed = (red << 16) | (green << 8) | blue
        places = np.searchsorted(keys, packed).clip(max=len(keys) - 1)
        wrong = keys[places] != packed
        if wrong.any():
            raise self._unknown(path, f"colour {tuple(int(v) for v in pixels[wrong][0])}")
        found: NDArray[np.uint8] = indices[places]
        return found

    def _unknown(self, path: Path, what: str) -> DataError:
        return DataError(
            f"The mask {path} holds the {what}, which names none of the {len(self.classes)} classes.",
            "Correct the mask, or the list of classes. 255 is always ignored.",
        )


def _packed(color: tuple[int, int, int]) -> int:
    return (color[0] << 16) | (color[1] << 8) | color[2]


def known_code(kind: str) -> MaskCode:
    """The code of a data set that we know by name: camvid or cityscapes."""
    text = resources.files("fastscnn.data.kinds").joinpath(f"{kind}.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    return MaskCode(
        classes=tuple(raw["classes"]),
        colors=tuple((c[0], c[1], c[2]) for c in raw["colors"]),
        values={int(value): index for value, index in raw["values"].items()},
        ignored=tuple(raw["ignored"]) + ((IGNORED,) if IGNORED not in raw["ignored"] else ()),
        ignored_colors=((0, 0, 0),),
    )


def code_from_list(path: Path) -> MaskCode:
    """The code of a classes.txt: a class a line, its colour after it where masks are colours.

    A class called `void`, `ignore` or `unlabeled` does not count; its pixels are ignored.
    """
    names: list[str] = []
    colors: list[tuple[int, int, int]] = []
    values: dict[int, int] = {}
    ignored: list[int] = [IGNORED]
    ignored_colors: list[tuple[int, int, int]] = []
    for value, line in enumerate(_lines(path)):
        name, color = _class_of(line, path)
        if name.lower() in ("void", "ignore", "unlabeled", "unlabelled"):
            ignored.append(value)
            ignored_colors.append(color or (0, 0, 0))
            continue
        if (complaint := naming.complaint(name)) is not None:
            raise DataError(f"{path}: the name of class {value + 1} {complaint}.", "Give it another name.")
        values[value] = len(names)
        colors.append(color or default_color(len(names)))
        names.append(name)
    if not names:
        raise DataError(f"{path} names no class.", "Write a class a line, `name` or `name red green blue`.")
    if len(names) > 250 or len(set(names)) < len(names) or len(set(colors)) < len(colors):
        raise DataError(
            f"{path} names a class or a colour twice, or more than 250 classes.", "Each needs its own."
        )
    return MaskCode(
        tuple(names), tuple(colors), values, tuple(ignored), tuple(ignored_colors) or ((0, 0, 0),)
    )


def _lines(path: Path) -> list[str]:
    try:
        text = bounded.text(path, LARGEST_LIST)
    except (OSError, UnicodeDecodeError) as error:
        remedy = "It must be UTF-8 text, a class a line."
        raise DataError(f"{path} cannot be read: {error}.", remedy) from error
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _class_of(line: str, path: Path) -> tuple[str, tuple[int, int, int] | None]:
    words = line.replace(",", " ").split()
    if len(words) < 4 or not all(word.isdigit() for word in words[-3:]):
        return line, None
    red, green, blue = (int(word) for word in words[-3:])
    if max(red, green, blue) > 255:
        raise DataError(f"{path} gives the colour {red} {green} {blue}.", "Colours are 0 to 255.")
    return " ".join(words[:-3]), (red, green, blue)


def default_color(index: int) -> tuple[int, int, int]:
    """Pascal VOC's colour of a class: its index's bits spread over the three channels."""
    red = green = blue = 0
    rest = index + 1
    for shift in range(7, -1, -1):
        red |= (rest & 1) << shift
        green |= (rest >> 1 & 1) << shift
        blue |= (rest >> 2 & 1) << shift
        rest >>= 3
    return red, green, blue
