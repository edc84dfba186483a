"""One thing that the doctor looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "note", "missing", "warning", "broken"]
"""missing: optional and not there. warning: not as one would expect. broken: needed, and does not work."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it."""

    check: str
    """The kind of check: packages, cpu, runtimes, network, space."""
    subject: str
    state: State
    message: str
    remedy: str = ""
    """A command to paste where there is one. Every warning and everything broken has a remedy."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def broken(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state == "broken"]
