"""What lies beside an artifact: its manifest's entry and its report's, where these are still of this file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.bundle import MANIFEST, REPORT
from fastscnn import bounded


@dataclass(frozen=True)
class Beside:
    """What its folder says of a file."""

    entry: Mapping[str, Any] | None
    """The manifest's; None where there is no manifest, or it does not name the file."""
    matches: bool | None
    """Whether the file is still the one that the manifest names; None where it names none."""
    report: Mapping[str, Any] | None
    """The report's part on the very same file."""

    def said(self) -> str:
        if self.matches is None:
            return f"no {MANIFEST} beside it names it"
        return f"it is as {MANIFEST} says" if self.matches else f"it is NOT the file that {MANIFEST} names"


def look(path: Path, sha256: str) -> Beside:
    entry = _within(path.parent / MANIFEST, "artifacts", path.name)
    reports = _json(path.parent / REPORT).get("artifacts")
    report = next(
        (
            one
            for one in (reports if isinstance(reports, list) else [])
            if isinstance(one, dict) and one.get("file") == path.name and one.get("sha256") == sha256
            if _sound(one.get("parity"))
        ),
        None,
    )
    return Beside(entry, None if entry is None else entry.get("sha256") == sha256, report)


def _sound(parity: Any) -> bool:
    """Whether it holds what is shown of it: somebody may have edited it."""
    if not isinstance(parity, dict) or not isinstance(parity.get("label_agreement"), float):
        return False
    layers = parity.get("layers", [])
    return isinstance(parity.get("against"), str) and isinstance(layers, list) and all(map(_counted, layers))


def _counted(layer: Any) -> bool:
    if not isinstance(layer, dict) or not all(isinstance(layer.get(key), str) for key in ("layer", "unit")):
        return False
    numbers = [layer.get(key) for key in ("values", "differing", "greatest")]
    return all(isinstance(number, (int, float)) for number in numbers) and layer["values"] > 0


def _within(path: Path, key: str, name: str) -> Mapping[str, Any] | None:
    parts = _json(path).get(key)
    entry = parts.get(name) if isinstance(parts, dict) else None
    return entry if isinstance(entry, dict) else None


def _json(path: Path) -> dict[str, Any]:
    """Empty where there is none that can be read: a file is explained without it."""
    try:
        content = json.loads(bounded.text(path, bounded.DOCUMENT))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
