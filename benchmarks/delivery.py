"""Results on disk: one JSON document a board, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import accuracy
from benchmarks.boards import Facts, Outcome
from benchmarks.request import Request
from fastscnn import bounded, whole
from fastscnn.errors import OutputError


@contextlib.contextmanager
def folder(out: Path | None) -> Iterator[None]:
    """A folder that is made for a run which leaves nothing in it goes again."""
    made = out is not None and not out.exists()
    try:
        yield
    finally:
        if out is not None and made:
            with contextlib.suppress(OSError):
                out.rmdir()


def places(out: Path | None, boards: Sequence[str], *, force: bool) -> dict[str, Path]:
    """Where each board's document will stand; raises OutputError where something does already."""
    if out is None:
        return {}
    found = {board: out / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', board)}.json" for board in boards}
    for target in found.values():
        if os.path.lexists(target) and not force:
            raise OutputError(f"{target} exists.", "Add --force to replace it, or choose another --out.")
    _make(out)
    return found


def complete(document: Facts, board: str, request: Request) -> None:
    """Name the board, and add each artifact's mIoU where a document beside the artifact gives one."""
    scores = accuracy.known(accuracy.beside(request.files))
    document["board"] = board
    for result in document["results"]:
        if result["sha256"] in scores:
            result["miou"] = scores[result["sha256"]]


def write(targets: Mapping[str, Path], outcomes: Sequence[Outcome]) -> list[Path]:
    """The documents that there are."""
    written = []
    for outcome in outcomes:
        if outcome.document is not None and outcome.board in targets:
            put(targets[outcome.board], json.dumps(outcome.document, indent=2).encode() + b"\n")
            written.append(targets[outcome.board])
    return written


def deliver(out: Path, files: Mapping[str, bytes], *, force: bool) -> list[Path]:
    """Files by their names in `out`; OutputError, before any is written, where one has other content."""
    targets = {out / name: content for name, content in files.items()}
    for target, content in targets.items():
        if os.path.lexists(target) and not force and not _holds(target, content):
            raise OutputError(f"{target} exists.", "Add --force to replace it, or choose another --out.")
    _make(out)
    for target, content in targets.items():
        put(target, content)
    return list(targets)


def _holds(target: Path, content: bytes) -> bool:
    """Whether a file of its own stands there, with this content."""
    try:
        return not target.is_symlink() and bounded.read(target, len(content)) == content
    except OSError:
        return False


def put(target: Path, content: bytes) -> None:
    """Write a file beside its place, then rename it."""
    try:
        whole.put(target, content)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror}.", "Choose another --out."
        ) from error


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: {error.strerror}.", "Choose another --out.") from error
