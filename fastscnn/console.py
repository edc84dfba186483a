"""What a command prints: one JSON document on stdout, everything else on stderr; and how it exits."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn, TypeVar

from fastscnn.errors import FastscnnError, UsageError, shown

Item = TypeVar("Item")
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """argparse, with its complaints in our tree of errors."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See {self.prog} --help.")


class Console:
    """The two streams of a command: `say` for people, `document` for machines."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def say(self, message: str = "") -> None:
        """A line of progress or result for people."""
        if not self.quiet:
            print(shown(message), file=sys.stderr, flush=True)

    def warn(self, message: str) -> None:
        """A line that people must see, --quiet or not."""
        print(f"warning: {shown(message)}", file=sys.stderr, flush=True)

    def document(self, content: Any) -> None:
        """The one JSON document of a --json run."""
        if self.as_json:
            print(json.dumps(content, indent=2, ensure_ascii=True), flush=True)

    def progress(self, items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
        """The items, with a bar on stderr where that is a terminal."""
        shown = sys.stderr.isatty() and not self.quiet
        for done, item in enumerate(items):
            if shown:
                bar = "#" * (20 * min(done, total) // max(total, 1))
                print(f"\r{what} [{bar:<20}] {done}/{total}", end="", file=sys.stderr, flush=True)
            yield item
        if shown:
            print(f"\r{what} [{'#' * 20}] {total}/{total}", file=sys.stderr, flush=True)


def start(command: Callable[[list[str], Console], int], arguments: Sequence[str] | None) -> int:
    """A command line's whole life; --json and --quiet are heard before the parser can complain."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(as_json="--json" in given, quiet="--quiet" in given)
    return run(lambda output: command(given, output), console)


def run(command: Callable[[Console], int], console: Console) -> int:
    """Run a command; turn an error of ours into its message and its exit code."""
    heard: list[int] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        heard.append(signum)
        raise KeyboardInterrupt

    # a shell lets what runs in the background ignore Ctrl-C
    asked = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    numbers = (signal.SIGINT, signal.SIGTERM) if asked else (signal.SIGTERM,)
    previous = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        return command(console)
    except FastscnnError as error:
        if heard:
            return _interrupted(console)
        _report(error, console)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted(console)
    except BrokenPipeError:
        # the reader of a pipe has seen enough; Python must not complain again when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        # a library that was interrupted while it was imported may go on, and fail later for want of a part
        if heard:
            return _interrupted(console)
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _report(error: FastscnnError, console: Console) -> None:
    print(f"error: {error.message}", file=sys.stderr)
    if error.remedy:
        print(f"  {error.remedy}", file=sys.stderr)
    sys.stderr.flush()
    console.document({"error": error.as_json()})


def _interrupted(console: Console) -> int:
    print("interrupted: no artifact was left half-written", file=sys.stderr, flush=True)
    console.document({"error": {"kind": "interrupted", "message": "interrupted", "remedy": ""}})
    return INTERRUPTED
