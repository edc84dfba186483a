"""A verification as a user runs it, and ways to change what was delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export import manifest
from export.cli import main

Capture = pytest.CaptureFixture[str]


def verified(capsys: Capture, folder: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    code = main(["--verify", str(folder), *map(str, arguments), "--json", "--quiet"])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return code, json.loads(printed.out)


def messages(document: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for difference in document["differences"]:
        found.setdefault(difference["file"], []).append(difference["message"])
    return found


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def a_weight(path: Path) -> Path:
    """One bit in the middle of the file with the weights."""
    file = path / "Data" / "com.apple.CoreML" / "weights" / "weight.bin" if path.is_dir() else path
    flipped(file, file.stat().st_size // 2)
    return file


def edited(folder: Path, change: Callable[[dict[str, Any]], None], *, signed: bool) -> None:
    """The manifest changed; `signed`: its own digest made anew, as somebody would who knows of it."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text())
    change(content)
    if signed:
        content["digest"] = manifest.digest(content)
    path.write_text(json.dumps(content))


def entry_of(content: dict[str, Any]) -> dict[str, Any]:
    return next(iter(content["artifacts"].values()))  # type: ignore[no-any-return]
