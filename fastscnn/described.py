"""Whether what a file says of its model can be believed: it goes into terminals, pages and allocations."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from fastscnn import naming

if TYPE_CHECKING:
    from fastscnn.info import ModelInfo, Preprocessing

MOST_CLASSES = 4096
LARGEST_SIDE = 1 << 16
WORD = re.compile(r"[\w.+-]{0,100}")
LARGEST_TEXT = 1 << 16
"""Characters of what is noted for people."""


def check(info: ModelInfo) -> None:
    """ValueError, with what is wrong, where a value is not of its kind or beyond reason."""
    if not 1 <= len(info.classes) <= MOST_CLASSES:
        raise ValueError(f"it names {len(info.classes)} classes")
    for number, name in enumerate(info.classes, 1):
        if (complaint := naming.complaint(name)) is not None:
            raise ValueError(f"the name of class {number} {complaint}")
    if len(info.colors) != len(info.classes):
        raise ValueError("it does not have a colour for each class")
    if not all(_whole(part, 0, 255) for color in info.colors for part in color):
        raise ValueError("a colour is not three numbers 0..255")
    if info.size is not None and not all(_whole(side, 1, LARGEST_SIDE) for side in info.size):
        raise ValueError("its size is no height and width")
    _check_preprocessing(info.preprocessing)
    for text in (info.layout, info.checkpoint_sha256):
        if not isinstance(text, str) or not WORD.fullmatch(text):
            raise ValueError("its layout or digest is no name")
    if type(info.align_corners) is not bool or type(info.trained) is not bool:
        raise ValueError("a switch of it is neither true nor false")
    for table in (info.variant, info.notes):
        if not isinstance(table, dict) or len(repr(table)) > LARGEST_TEXT:
            raise ValueError("its switches or notes are no table, or beyond reason")


def _check_preprocessing(preprocessing: Preprocessing) -> None:
    if preprocessing.order not in ("rgb", "bgr"):
        raise ValueError("the order of its channels is neither rgb nor bgr")
    for numbers in (preprocessing.mean, preprocessing.std):
        if len(numbers) != 3 or not all(_finite(number) for number in numbers):
            raise ValueError("its mean or std are not three numbers")
    if not all(number > 0 for number in preprocessing.std):
        raise ValueError("its std is not above zero")


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9 and math.isfinite(value)
