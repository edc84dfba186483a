"""Boards: the machines that a measurement runs on, all at once, each failing for itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks import latency
from benchmarks.request import Request, refused
from fastscnn.errors import BoardError, FastscnnError

Facts = dict[str, Any]
Say = Callable[[str], None]


class Board(Protocol):
    """A machine that can be asked for latencies."""

    @property
    def name(self) -> str: ...

    def measure(self, request: Request, say: Say) -> Facts:
        """latency.py's document; raises FastscnnError. Leaves nothing behind on the board."""
        ...

    def stop(self) -> None:
        """Give up what is under way; `measure` then raises."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What one board gave: a document, or the reason why there is none."""

    board: str
    document: Facts | None
    error: FastscnnError | None = None

    def as_json(self) -> Facts:
        if self.error is not None:
            return {"board": self.board, "error": self.error.as_json()}
        return {"board": self.board, "document": self.document}


def measure(boards: Sequence[Board], request: Request, say: Say) -> list[Outcome]:
    """Every board's outcome, in their order."""
    with ThreadPoolExecutor(len(boards)) as pool:
        running = [pool.submit(_outcome, board, request, say, len(boards) > 1) for board in boards]
        try:
            return [one.result() for one in running]
        except KeyboardInterrupt:
            for board in boards:
                board.stop()
            raise


def _outcome(board: Board, request: Request, say: Say, several: bool) -> Outcome:
    def said(text: str) -> None:
        # what latency.py refuses is in its document too, and told once
        if not text.startswith(("error: ", "  ")):
            say(f"[{board.name}] {text}" if several else text)

    try:
        return Outcome(board.name, board.measure(request, said))
    except FastscnnError as error:
        return Outcome(board.name, None, error)


def document_of(printed: str, code: int, complaint: str, board: str) -> Facts:
    """What latency.py printed on its stdout; raises where that is an error or no document."""
    # a login shell may greet before it runs anything
    start = re.search(r"^\{", printed, re.MULTILINE)
    try:
        found = json.loads(printed[start.start() :]) if start else None
    except ValueError:
        found = None
    if isinstance(found, dict) and "error" in found:
        error = found["error"]
        if code == latency.INTERRUPTED:
            raise BoardError(f"{board}: the measurement was interrupted.", "Measure again.")
        raise refused(error["kind"], f"{board}: {error['message']}", error["remedy"])
    if code == 0 and isinstance(found, dict) and "results" in found:
        return found
    last = complaint.strip().splitlines()[-1:]
    raise BoardError(
        f"{board}: the measurement ended with exit code {code}" + (f": {last[0]}" if last else "."),
        "Run latency.py there by hand to see more.",
    )
