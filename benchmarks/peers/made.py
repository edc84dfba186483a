"""What became of an attempt to make a file, ours or a peer's; kept beside it, for steps that are repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.latency import Facts, digest

NAME = "made.json"
NEVER = "not asked yet"
"""Instead of an error: nobody tried."""


@dataclass(frozen=True)
class Made:
    """One row of the table."""

    name: str
    title: str
    file: Path | None
    """None where there is none, and `error` says why."""
    seconds: float | None = None
    """Of the whole command: packages loaded, ranges observed, file written."""
    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    error: str = ""
    pixels: bool = False
    """The file takes RGB bytes (or R G B A); otherwise the normalised tensor."""
    ours: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """About the file, from its maker."""
    note: str = ""

    def save(self, folder: Path) -> Made:
        folder.mkdir(parents=True, exist_ok=True)
        document = {**asdict(self), "file": str(self.file) if self.file else None}
        (folder / NAME).write_text(json.dumps(document, indent=2))
        return self

    def failed(self, error: str) -> Made:
        return replace(self, file=None, error=error)

    @property
    def bytes(self) -> int | None:
        if self.file is None:
            return None
        if self.file.is_dir():
            return sum(path.stat().st_size for path in self.file.rglob("*") if path.is_file())
        return self.file.stat().st_size

    @property
    def sha256(self) -> str | None:
        """Of a file; a package has none."""
        return digest(self.file) if self.file is not None and self.file.is_file() else None


def load(folder: Path) -> Made | None:
    """What was made there, if anything ever was."""
    if not (folder / NAME).exists():
        return None
    known: Facts = json.loads((folder / NAME).read_text())
    file = known.pop("file")
    return Made(file=Path(file) if file else None, **known)
