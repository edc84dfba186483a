"""A command with a limit of time: how long it took, how much memory it and its children held, how it went."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STEP = 0.05


@dataclass(frozen=True)
class Ended:
    code: int
    """Negative: the signal that ended it."""
    seconds: float
    cpu_seconds: float
    """Of all its processes: what a busy machine does not stretch."""
    peak_bytes: int
    """The most that one of its processes held."""
    in_time: bool
    log: Path

    def complaint(self) -> str:
        """Why it failed, in one line."""
        if not self.in_time:
            return f"had not ended after {self.seconds:.0f} s"
        if self.code < 0:
            return f"died of {signal.Signals(-self.code).name}; {self.last_line()}".rstrip("; ")
        return self.last_line() or f"ended with exit code {self.code} and no word"

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def run(
    command: Sequence[str],
    log: Path,
    limit: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Ended:
    """Everything that it prints goes to `log`; past the limit it ends with all that it started."""
    with log.open("wb") as stream:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
        in_time = True
        try:
            while True:
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                if in_time and time.perf_counter() - begun > limit:
                    in_time = False
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(STEP)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        seconds = time.perf_counter() - begun
    # Popen must not wait for what wait4 has already seen
    process.returncode = os.waitstatus_to_exitcode(status)
    worked = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, seconds, worked, usage.ru_maxrss * 1024, in_time, log)
