"""The public layouts: one file of data each. No torch here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Literal

from fastscnn.errors import LayoutError
from fastscnn.info import Preprocessing

OWN = "fastscnn"
"""Our own layout."""
ORDINALS = ("first", "second", "third")


@dataclass(frozen=True)
class Layout:
    """How one project names its parameters, and what its graph and preprocessing are."""

    name: str
    family: str
    """Layouts of one family have the same keys; the one called as the family is assumed."""
    source: str
    tell_tale: str
    assumed: tuple[str, ...]
    """What the keys do not say, and why it is believed."""
    preprocessing: Preprocessing
    preprocessing_by_classes: Mapping[int, Preprocessing] = field(default_factory=dict)
    """Where it goes with a data set, known by its number of classes."""
    network: Literal["fastscnn", "simplified"] = "fastscnn"
    modules: Mapping[str, str | list[str]] | None = None
    """Canonical modules to the checkpoint's convolution and batch norm; None: they are the same."""
    leaves: Mapping[str, str] = field(default_factory=dict)
    """Other names of a batch norm's parameters."""
    drop: tuple[str, ...] = ()
    """Beginnings of keys that inference does not need: auxiliary heads and dead code."""
    variant: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def asked_for(self) -> bool:
        """Whether it is only taken by name, because another layout has the same keys."""
        return self.name != self.family

    def module_names(self, branches: int = 4) -> dict[str, str] | None:
        """Canonical convolutions and batch norms to the checkpoint's; None where they are the same."""
        if self.modules is None:
            return None
        names: dict[str, str] = {}
        for canonical, theirs in self.modules.items():
            for values in _values(canonical, branches):
                path = _filled(canonical, values)
                if isinstance(theirs, str):
                    names[path] = _filled(theirs, values)
                else:
                    for part, name in zip(("conv", "norm"), theirs, strict=False):
                        names[f"{path}.{part}"] = _filled(name, values)
        return names

    def for_classes(self, count: int) -> Preprocessing:
        return self.preprocessing_by_classes.get(count, self.preprocessing)


@cache
def all_layouts() -> Mapping[str, Layout]:
    """Every layout by its name."""
    files = sorted(
        (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".json")),
        key=lambda entry: entry.name.removesuffix(".json"),
    )
    raw = {}
    for entry in files:
        table = json.loads(entry.read_text(encoding="utf-8"))
        raw[table["name"]] = table
    return {name: _layout(table, raw) for name, table in raw.items()}


def find(name: str) -> Layout:
    """The layout of this name, or of another name that people give it."""
    layouts = all_layouts()
    wanted = name.strip().lower()
    for layout in layouts.values():
        if wanted in (layout.name, *layout.aliases):
            return layout
    close = get_close_matches(wanted, layouts, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise LayoutError(f"There is no layout called {name!r}.", f"{guess}Known: {', '.join(layouts)}.")


def list_layouts() -> list[dict[str, Any]]:
    """What `--list-layouts` shows: name, source, tell_tale, assumed."""
    return [
        {
            "name": layout.name,
            "source": layout.source,
            "tell_tale": layout.tell_tale,
            "assumed": list(layout.assumed),
        }
        for layout in all_layouts().values()
    ]


def _layout(table: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Layout:
    fields = dict(table)
    if "modules_of" in fields:
        fields["modules"] = others[fields.pop("modules_of")]["modules"] | fields.get("modules", {})
    by_classes = fields.pop("preprocessing_by_classes", {})
    return Layout(
        **fields
        | {
            "preprocessing": _preprocessing(fields["preprocessing"]),
            "preprocessing_by_classes": {int(n): _preprocessing(p) for n, p in by_classes.items()},
            "assumed": tuple(fields["assumed"]),
            "drop": tuple(fields.get("drop", ())),
            "aliases": tuple(fields.get("aliases", ())),
        }
    )


def _preprocessing(table: Mapping[str, Any]) -> Preprocessing:
    return Preprocessing(table["order"], tuple(table["mean"]), tuple(table["std"]))


def _values(pattern: str, branches: int) -> Iterator[Mapping[str, int | str]]:
    """What a pattern's placeholders stand for, each combination once."""
    if "{stage}" in pattern:
        for stage in (1, 2, 3):
            for block in (0, 1, 2):
                index = 3 * (stage - 1) + block
                yield {"stage": stage, "block": block, "bottleneck": index, "ordinal": ORDINALS[stage - 1]}
    elif "{branch}" in pattern:
        yield from ({"branch": branch} for branch in range(branches))
    elif "{pair}" in pattern:
        yield from ({"pair": pair} for pair in (1, 2))
    else:
        yield {}


def _filled(pattern: str, values: Mapping[str, int | str]) -> str:
    """`{branch+2}` with branch 0 is 2."""

    def value(match: re.Match[str]) -> str:
        found = values[match[1]]
        return str(found + int(match[2])) if match[2] and isinstance(found, int) else str(found)

    return re.sub(r"\{(\w+?)([+-]\d+)?\}", value, pattern)
