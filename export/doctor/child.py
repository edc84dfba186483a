"""A question asked in a process of its own: a package that hangs or crashes takes nothing else with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

LIMIT = 120.0
"""Seconds; the slowest import that we know takes eleven."""
LONGEST = 300
"""Letters of an error that are shown."""


@dataclass(frozen=True)
class Answer:
    """What the process said, or why it said nothing."""

    value: Any = None
    error: str = ""

    @property
    def good(self) -> bool:
        return not self.error


def ask(*words: str, limit: float = LIMIT) -> Answer:
    """What export.doctor.probe answers to these words."""
    # -P: a file of the current folder that is called like a package is not one
    command = [sys.executable, "-P", "-m", "export.doctor.probe", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, env=environment
        )
    except subprocess.TimeoutExpired:
        return Answer(error=f"no answer within {limit:.0f} seconds")
    except OSError as error:
        return Answer(error=f"no process could be started ({error.strerror or error})")
    if done.returncode < 0:
        return Answer(error=_killed(-done.returncode))
    try:
        said = json.loads(done.stdout)
        return Answer(said["value"], one_line(said["error"]))
    except (ValueError, LookupError, TypeError):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["nothing was said"]
        return Answer(error=one_line(f"exit code {done.returncode}: {last[0]}"))


def one_line(text: str) -> str:
    """Without line ends and control characters, and not for ever."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    flat = " ".join(printable.split())
    return flat if len(flat) <= LONGEST else f"{flat[:LONGEST]}..."


def _killed(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGILL":
        return "killed by SIGILL: it was built for a CPU with other instructions than this one"
    return f"killed by {name}"
