"""What to measure, and how it is said to latency.py, wherever that runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import latency
from fastscnn.errors import MeasurementError


@dataclass(frozen=True)
class Request:
    """One measurement, to be made on every board alike."""

    files: tuple[Path, ...]
    threads: tuple[int, ...] | None = None
    cores: str = "auto"
    compare: bool = False
    long: bool = False
    runs: int | None = None
    seconds: float | None = None
    input: Path | None = None
    runtime: str | None = None
    cool_wait: float | None = None
    profile: bool = True
    force: bool = False

    def command(self, files: Sequence[str], feed: str | None) -> list[str]:
        """The arguments of latency.py, where the files have these names."""
        words = ["--json", "--cores", self.cores]
        if self.threads is not None:
            words += ["--threads", ",".join(map(str, self.threads))]
        for name, value in (
            ("--runs", self.runs),
            ("--seconds", self.seconds),
            ("--input", feed),
            ("--runtime", self.runtime),
            ("--cool-wait", self.cool_wait),
        ):
            if value is not None:
                words += [name, str(value)]
        for name, given in (
            ("--compare", self.compare),
            ("--long", self.long),
            ("--no-profile", not self.profile),
            ("--force", self.force),
        ):
            words += [name] if given else []
        return [*words, "--", *files]

    def plan(self) -> latency.Plan:
        """How long is long enough; raises MeasurementError where that is too short."""
        asked = argparse.Namespace(long=self.long, runs=self.runs, seconds=self.seconds, force=self.force)
        try:
            return latency.plan_of(asked)
        except latency.LatencyError as error:
            raise refused(error.kind, error.message, error.remedy) from error

    def check(self) -> None:
        """Raises for what no board could do, before any is asked."""
        self.plan()
        if self.compare and len(self.files) < 2:
            raise MeasurementError(
                "--compare needs two files or more.", "Example: --compare a.tflite b.tflite"
            )
        try:
            for file in self.files:
                latency.kind_of(file)
            if self.input is not None and not self.input.is_file():
                raise MeasurementError(
                    f"--input {self.input} is no file.", "Give an array saved by numpy.save."
                )
        except latency.LatencyError as error:
            raise refused(error.kind, error.message, error.remedy) from error

    def names(self) -> list[str]:
        """A name for each file in one folder: its own, numbered where two have the same."""
        own = [file.name for file in self.files]
        return [name if own.count(name) == 1 else f"{place}-{name}" for place, name in enumerate(own)]


def refused(kind: str, message: str, remedy: str) -> MeasurementError:
    """latency.py's own refusal as an error of ours."""
    error = MeasurementError(message, remedy)
    error.kind = kind
    return error
