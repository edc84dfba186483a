"""Names and colours of classes: known data sets, a file of one's own, or made up. No torch here."""

from __future__ import annotations

import colorsys
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from fastscnn import bounded, naming
from fastscnn.described import MOST_CLASSES
from fastscnn.errors import ClassesError

Color = tuple[int, int, int]
LARGEST_FILE = 1 << 20
"""Bytes: more is no list of classes."""
FORMAT = "Give one name per line (or `name r g b`), UTF-8, or a JSON list of names."


@dataclass(frozen=True)
class Classes:
    """Names and colours, by class index."""

    names: tuple[str, ...]
    colors: tuple[Color, ...]
    source: str
    """Where they are from, for the report."""


@cache
def tables() -> Mapping[int, Classes]:
    """The known data sets by their number of classes."""
    found = {}
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            table = json.loads(entry.read_text(encoding="utf-8"))
            names = tuple(row["name"] for row in table["classes"])
            colors = tuple(_color(row["color"]) for row in table["classes"])
            found[len(names)] = Classes(names, colors, table["data_set"])
    return found


def known(count: int) -> Classes | None:
    """The data set that has this many classes, if one is known."""
    return tables().get(count)


def named(names: Sequence[str], colors: Sequence[Color | None] = (), source: str = "given") -> Classes:
    """Classes of these names, colours made up where none is given."""
    chosen = [*colors, *[None] * (len(names) - len(colors))]
    made_up = _palette(len(names), {color for color in chosen if color is not None})
    return Classes(
        tuple(names),
        tuple(color or made_up[index] for index, color in enumerate(chosen)),
        source,
    )


def numbered(count: int) -> Classes:
    """class_0 and on."""
    return named([f"class_{index}" for index in range(count)], source="numbered")


def read(path: Path, expected: int | None = None) -> Classes:
    """The classes that a file lists; `expected` is the network's number of them."""
    try:
        text = bounded.text(path, LARGEST_FILE)
    except UnicodeDecodeError as error:
        raise ClassesError(f"{path} is not UTF-8 text.", FORMAT) from error
    except OSError as error:
        raise ClassesError(f"{path} cannot be read: {error.strerror}.", FORMAT) from error
    rows = _json_rows(text, path) if text.lstrip()[:1] in ("[", "{") else _line_rows(text)
    names = [name for name, _ in rows]
    check(names, expected, str(path))
    return named(names, [color for _, color in rows], source=path.name)


def check(names: Sequence[str], expected: int | None, where: str) -> None:
    """Refuse a list that cannot name a network's classes."""
    if not names:
        raise ClassesError(f"{where} lists no classes.", FORMAT)
    for line, name in enumerate(names, 1):
        if (complaint := naming.complaint(name)) is not None:
            raise ClassesError(f"{where}: the name of class {line} {complaint}.", FORMAT)
    if len(names) > MOST_CLASSES:
        raise ClassesError(f"{where} lists {len(names)} classes, more than any network has.", FORMAT)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ClassesError(
            f"{where} lists {', '.join(twice)} more than once.", "Give each class its own name."
        )
    if expected is not None and len(names) != expected:
        raise ClassesError(
            f"{where} lists {len(names)} classes, but the network has {expected}.",
            f"List {expected}, in the order of the network's outputs.",
        )


def _line_rows(text: str) -> list[tuple[str, Color | None]]:
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    return [_line_row(line.strip()) for line in lines]


def _line_row(line: str) -> tuple[str, Color | None]:
    """`name`, `name r g b` or `name,r,g,b`; a name may have spaces."""
    match = re.fullmatch(r"(.*\S)[\s,;:]+(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})", line)
    if match and all(int(match[part]) <= 255 for part in (2, 3, 4)):
        return match[1].rstrip(" ,;:"), (int(match[2]), int(match[3]), int(match[4]))
    return line, None


def _json_rows(text: str, path: Path) -> list[tuple[str, Color | None]]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ClassesError(f"{path} begins like JSON, but is not: {error}.", FORMAT) from error
    if isinstance(table, dict):
        table = table.get("classes", table.get("names", [{"name": k, "color": v} for k, v in table.items()]))
    if not isinstance(table, list):
        raise ClassesError(f"{path} holds no list of classes.", FORMAT)
    return [_json_row(row, index, path) for index, row in enumerate(table)]


def _json_row(row: Any, index: int, path: Path) -> tuple[str, Color | None]:
    name, color = (row.get("name"), row.get("color")) if isinstance(row, dict) else (row, None)
    if not isinstance(name, str):
        raise ClassesError(f"{path}: class {index} has no name.", FORMAT)
    if color is None:
        return name, None
    try:
        return name, _color(color)
    except (TypeError, ValueError) as error:
        raise ClassesError(f"{path}: the colour of {name} is not three numbers 0..255.", FORMAT) from error


def _color(values: Iterable[Any]) -> Color:
    red, green, blue = (int(value) for value in values)
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        raise ValueError("a colour is three numbers 0..255")
    return red, green, blue


def _palette(count: int, taken: set[Color]) -> list[Color]:
    """Distinct colours, the same on every machine: hues by the golden ratio, three shades."""
    colors: list[Color] = []
    index = 0
    while len(colors) < count:
        shade = (0.95, 0.7, 0.5)[index // 12 % 3]
        saturation = (0.75, 0.55, 0.9)[index // 36 % 3]
        red, green, blue = colorsys.hsv_to_rgb(index * 0.618033988749895 % 1.0, saturation, shade)
        color = (round(255 * red), round(255 * green), round(255 * blue))
        if color not in taken:
            colors.append(color)
            taken = taken | {color}
        index += 1
    return colors
