"""Commands of ours run in forks of one warm process, each within limits, each outcome told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
CPU_SECONDS = 10
"""What a refusal may take, in CPU time: the wall clock also counts what other tests do."""
PATIENCE = 60.0
"""Seconds after which a run that waits for something is ended."""
THREADS = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    """Negative: the signal that ended it."""
    seconds: float
    cpu: float
    peak: int
    """Greatest resident memory, in bytes, that of the shared imports included."""
    stdout: str
    stderr: str
    events: tuple[str, ...]
    """Attempts to start a program, to open a connection or to import what a pickle names."""

    @property
    def traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.stderr

    def error(self) -> dict[str, str]:
        """What a --json run says of its failure; empty where it says nothing."""
        try:
            found = json.loads(self.stdout).get("error", {})
        except (ValueError, AttributeError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class Run:
    """A run that may not have ended."""

    pid: int
    folder: Path
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] = field(default_factory=dict)

    def send(self, number: signal.Signals) -> None:
        """A signal, where there is still something to send it to."""
        if not self.done.is_set():
            os.kill(self.pid, number)

    def outcome(self, patience: float = PATIENCE) -> Outcome:
        """Waits for the end; ends the run where that does not come."""
        if not self.done.wait(patience):
            os.kill(self.pid, signal.SIGKILL)
            self.done.wait()
        return Outcome(
            code=self.answer["code"],
            seconds=self.answer["seconds"],
            cpu=self.answer["cpu"],
            peak=self.answer["peak"],
            stdout=_text(self.folder / "stdout"),
            stderr=_text(self.folder / "stderr"),
            events=tuple(_text(self.folder / "events").splitlines()),
        )


class Sandbox:
    """One warm process; use it as a context."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, **THREADS, **(environment or {})}
        self._runs: dict[int, Run] = {}
        self._begun: list[Run] = []
        self._lock = threading.Condition()

    def __enter__(self) -> Sandbox:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sandbox.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=self._environment,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("the sandbox could not start")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def start(
        self,
        command: str,
        arguments: Sequence[str | Path],
        folder: Path,
        *,
        within: Path | None = None,
        environment: Mapping[str, str] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Run:
        """Begin a run; `folder` gets its streams, `within` is where it works."""
        folder.mkdir(parents=True, exist_ok=True)
        request = {
            "command": command,
            "arguments": [str(argument) for argument in arguments],
            "folder": str(within or folder),
            "stdout": str(folder / "stdout"),
            "stderr": str(folder / "stderr"),
            "events": str(folder / "events"),
            "environment": dict(environment or {}),
            "limits": dict(limits or {}),
        }
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            while not self._begun:
                self._lock.wait()
            run = self._begun.pop()
            run.folder = folder
        return run

    def run(self, command: str, arguments: Sequence[str | Path], folder: Path, **options: Any) -> Outcome:
        """A whole run."""
        return self.start(command, arguments, folder, **options).outcome()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._lock:
                if "began" in answer:
                    run = self._runs[answer["began"]] = Run(answer["began"], Path())
                    self._begun.append(run)
                    self._lock.notify_all()
                else:
                    run = self._runs.pop(answer["pid"])
                    run.answer = answer
                    run.done.set()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
