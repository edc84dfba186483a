"""Commands that measure, one after the other: progress is passed on, stdout kept, and any can be stopped."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread, Timer
from typing import IO

from fastscnn.errors import BoardError

REMEMBERED = 20
"""Lines of stderr."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    printed: str
    complaint: str
    """The last lines of its stderr."""

    def last_words(self) -> str:
        return next((line for line in reversed(self.complaint.splitlines()) if line.strip()), "").strip()


class Processes:
    """One board's commands on this machine."""

    def __init__(self) -> None:
        self._current: subprocess.Popen[bytes] | None = None
        self._stopped = Event()

    def run(
        self,
        command: Sequence[str],
        *,
        say: Callable[[str], None] | None = None,
        given: Path | None = None,
        held_open: bool = False,
        limit: float | None = None,
        cleaning: bool = False,
    ) -> Ended:
        """`given`: its stdin; `held_open`: a stdin that ends with us; `cleaning`: even when stopped."""
        if self._stopped.is_set() and not cleaning:
            raise BoardError("The measurement was stopped.")
        complaint: deque[str] = deque(maxlen=REMEMBERED)
        with ExitStack() as stack:
            source: int | IO[bytes] = subprocess.PIPE if held_open else subprocess.DEVNULL
            if given is not None:
                source = stack.enter_context(given.open("rb"))
            process = stack.enter_context(
                subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            self._current = process
            if limit is not None:
                timer = Timer(limit, process.kill)
                timer.start()
                stack.callback(timer.cancel)
            assert process.stdout is not None
            listener = Thread(target=_listen, args=(process.stderr, complaint, say), daemon=True)
            listener.start()
            printed = process.stdout.read()
            listener.join()
            code = process.wait()
        self._current = None
        return Ended(code, printed.decode(errors="replace"), "\n".join(complaint))

    def stop(self) -> None:
        """End the current command and begin no other."""
        self._stopped.set()
        if (process := self._current) is not None:
            process.terminate()


def _listen(stream: IO[bytes], complaint: deque[str], say: Callable[[str], None] | None) -> None:
    for line in stream:
        text = line.decode(errors="replace").rstrip()
        complaint.append(text)
        if say is not None and text:
            say(text)
