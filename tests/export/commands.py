"""A command as a user calls it with --json: what it answers, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

Capture = pytest.CaptureFixture[str]
Command = Callable[[Sequence[str] | None], int]


def answered(command: Command, capsys: Capture, *arguments: object) -> dict[str, Any]:
    """The document of a run that succeeds."""
    code = command([*map(str, arguments), "--json", "--quiet"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    return json.loads(printed)  # type: ignore[no-any-return]


def refusal(command: Command, capsys: Capture, *arguments: object) -> str:
    """The message and remedy of an error of ours, and nothing else on stdout."""
    assert command([*map(str, arguments), "--json"]) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    error = json.loads(printed.out)["error"]
    return f"{error['kind']}: {error['message']} {error['remedy']}"
