"""What was measured, read back from disk: one Row an artifact, board and setting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import accuracy
from fastscnn import bounded
from fastscnn.errors import InputError

LONGEST = 200
"""Characters of a name."""


@dataclass(frozen=True)
class Row:
    """One latency with what it belongs to."""

    board: str
    cpu: str
    file: str
    precision: str
    size: tuple[int, int] | None
    bytes: int
    threads: int
    cores: str
    p50: float
    p90: float | None
    p99: float | None
    miou: float | None

    @property
    def family(self) -> str:
        """The file's name without its size: what can be compared across sizes."""
        return re.sub(r"_?\d+x\d+", "", self.file)

    @property
    def megapixels(self) -> float | None:
        return None if self.size is None else self.size[0] * self.size[1] / 1e6


@dataclass(frozen=True)
class Results:
    """Everything that a report shows."""

    rows: tuple[Row, ...]
    verdicts: tuple[tuple[str, tuple[str, ...]], ...]
    """Of each document: its board, and its sentences."""


def read(paths: Sequence[Path]) -> Results:
    """Documents of latency.py and of fastscnn-bench, in files or folders; InputError where there are none."""
    files = [file for path in paths for file in _files(path)]
    documents = [(file, document) for file in files for document in _documents(file, named=file in paths)]
    if not documents:
        raise InputError(
            f"{', '.join(map(str, paths))}: no measurements are in there.",
            "Give what fastscnn-bench --out DIR or latency.py --json wrote.",
        )
    # an evaluation may lie beside the results, or be named among them
    scores = accuracy.known(accuracy.beside(files))
    rows: list[Row] = []
    verdicts: list[tuple[str, tuple[str, ...]]] = []
    for file, document in documents:
        board = document.get("board") or file.stem
        try:
            rows.extend(_rows(document, board, scores))
            verdicts.append((board, tuple(str(line["text"]) for line in document["verdict"])))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"{file} was cut or edited: {error!r} is not as it was written.", "Measure again."
            ) from error
    return Results(tuple(rows), tuple(verdicts))


def frontier(rows: Iterable[Row]) -> list[Row]:
    """Those that nothing beats in both latency and mIoU, fastest first (Pareto)."""
    best: list[Row] = []
    known = [(row.p50, -row.miou, row) for row in rows if row.miou is not None]
    for _, _, row in sorted(known, key=lambda item: item[:2]):
        if row.miou is not None and (not best or row.miou > (best[-1].miou or 0.0)):
            best.append(row)
    return best


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.json"))
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Give what fastscnn-bench --out DIR wrote.")
    return [path]


def _documents(file: Path, *, named: bool) -> Iterator[dict[str, Any]]:
    """The measurements in a file; a file that the user named must be JSON."""
    try:
        content = json.loads(bounded.text(file, bounded.DOCUMENT))
    except (OSError, ValueError, RecursionError) as error:
        if named:
            raise InputError(f"{file} is no JSON document.", "Give what fastscnn-bench wrote.") from error
        return
    if not isinstance(content, dict):
        return
    boards = content.get("boards")
    for entry in boards if isinstance(boards, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("document"), dict):
            yield entry["document"]
    if isinstance(content.get("results"), list):
        yield content


def _rows(document: dict[str, Any], board: str, scores: dict[str, float]) -> Iterator[Row]:
    machine = document["machine"]
    for result in document["results"]:
        latency = result["latency_ms"]
        yield Row(
            board=_text(board),
            cpu=_text(machine["board"] or machine["cpu"]),
            file=_text(result["file"]),
            precision=_text(result["precision"]),
            size=_size(result["inputs"]),
            bytes=int(_number(result["bytes"])),
            threads=int(_number(result["threads"])),
            cores=_text(result["cores"]),
            p50=_number(latency["p50"]),
            p90=_perhaps(latency["p90"]),
            p99=_perhaps(latency["p99"]),
            miou=_perhaps(result.get("miou", scores.get(result["sha256"]))),
        )


def _text(value: Any) -> str:
    """A name that fits into a table."""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise ValueError(f"{repr(value)[:LONGEST]} is no name")
    return value


def _number(value: Any) -> float:
    """A number that can be drawn."""
    if type(value) not in (int, float) or not 0 <= value < 1e15:
        raise ValueError(f"{repr(value)[:LONGEST]} is no measurement")
    return float(value)


def _perhaps(value: Any) -> float | None:
    return None if value is None else _number(value)


def _size(inputs: Sequence[dict[str, Any]]) -> tuple[int, int] | None:
    """Height and width: the shape without its batch and its channels, which are fewer."""
    if not inputs or len(inputs[0]["shape"]) != 4 or None in inputs[0]["shape"]:
        return None
    _, first, second, third = (int(_number(side)) for side in inputs[0]["shape"])
    return (first, second) if third <= first else (second, third)
