"""This machine as a board: the same script, in a process of its own."""

from __future__ import annotations

import sys

from benchmarks import latency
from benchmarks.boards import Facts, Say, document_of
from benchmarks.process import Processes
from benchmarks.request import Request


class Here:
    """See benchmarks.boards.Board."""

    name = "here"

    def __init__(self) -> None:
        self._processes = Processes()

    def measure(self, request: Request, say: Say) -> Facts:
        files = [str(file) for file in request.files]
        feed = None if request.input is None else str(request.input)
        ended = self._processes.run(
            [sys.executable, latency.__file__, *request.command(files, feed)], say=say
        )
        return document_of(ended.printed, ended.code, ended.complaint, self.name)

    def stop(self) -> None:
        self._processes.stop()
