"""A measurement by TFLite's benchmark binary on a phone, told as latency.py tells its own."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import benchmark_model, latency
from benchmarks.android import Shell, facts_and_look
from benchmarks.request import Request
from fastscnn.errors import MeasurementError

Facts = dict[str, Any]


class BinaryRun:
    """One request, for the binary `program` and the artifacts in `folder`, both on the device."""

    def __init__(self, request: Request, folder: str, program: str, shell: Shell, board: str) -> None:
        self._request, self._folder, self._program = request, folder, program
        self._shell, self._board = shell, board
        self._names = request.names()
        self._rounds = latency.ROUNDS if request.compare else 1
        plan = request.plan()
        self._plan = latency.Plan(
            math.ceil(plan.least_runs / self._rounds),
            plan.least_seconds / self._rounds,
            plan.most_seconds / self._rounds,
            plan.warm_up,
        )

    def measured(self, say: Callable[[str], None]) -> Facts:
        """latency.py's document, as far as the binary gives figures for it."""
        self._check()
        facts, _ = facts_and_look(self._shell)
        results: list[Facts] = []
        comparisons: list[Facts] = []
        artifacts = [
            _artifact(file, name) for file, name in zip(self._request.files, self._names, strict=True)
        ]
        for threads in self._request.threads or [n for n in (1, 2, 4) if n <= facts["cores"]]:
            say(f"{threads} thread{'s' if threads > 1 else ''}")
            setting = {"threads": threads, "cores": "all"}
            rounds, conditions = self._turns(threads)
            for artifact, parts in zip(artifacts, rounds, strict=True):
                results.append({**artifact, **setting, **_merged(parts), "conditions": conditions})
            for name, parts in (
                list(zip(self._names, rounds, strict=True))[1:] if self._request.compare else []
            ):
                pair = {"file": name, "against": self._names[0], **setting}
                comparisons.append({**pair, **latency.ratio(_medians(parts), _medians(rounds[0]))})
        document = {
            "schema": latency.SCHEMA,
            "tool": {"name": "benchmark_model"},
            "machine": facts,
            "options": {"form": "long" if self._request.long else "short", "compare": self._request.compare},
            "results": results,
            "comparisons": comparisons,
        }
        return {**document, "verdict": latency.verdict(document)}

    def _check(self) -> None:
        for file in self._request.files:
            if latency.kind_of(file) != "tflite":
                raise MeasurementError(
                    f"{file} is no TFLite file.", "The benchmark binary opens TFLite files alone."
                )
        if self._request.input is not None or self._request.cores not in ("auto", "all"):
            raise MeasurementError(
                "The benchmark binary takes neither --input nor --cores.", "Leave them out for this board."
            )

    def _turns(self, threads: int) -> tuple[list[list[Facts]], Facts]:
        """For each file what every start of the binary gave, and what the device went through meanwhile."""
        found: list[list[Facts]] = [[] for _ in self._names]
        _, before = facts_and_look(self._shell)
        for done in range(self._rounds):
            for place in latency.interleaved(done, len(self._names)):
                options = benchmark_model.options(f"{self._folder}/{self._names[place]}", threads, self._plan)
                printed = self._shell(shlex.join([self._program, *options]))
                found[place].append(benchmark_model.parse(printed, self._board))
        _, after = facts_and_look(self._shell)
        return found, {
            "before": before,
            "during": {"temperature_c": None, "mhz": None},
            "after": after,
            "throttling": latency.throttling(before, [], after),
            "cooling": {"reached": True, "to_c": before["temperature_c"], "target_c": None},
        }


def _artifact(file: Path, name: str) -> Facts:
    """The file, and what a runtime on this machine says of it where there is one."""
    known: Facts = {"precision": "unknown", "inputs": [], "outputs": []}
    try:
        module = latency.import_runtime(latency.runtime_for("tflite", None))
        session = latency.TfliteSession(module, file, 1)
        known = {"precision": session.precision(), "inputs": session.inputs, "outputs": session.outputs}
    except latency.LatencyError:
        pass
    return {
        "file": name,
        "format": "tflite",
        "bytes": file.stat().st_size,
        "sha256": latency.digest(file),
        "core_list": None,
        "runtime": "benchmark_model",
        "runtime_version": "unknown",
        **known,
        "warm_up": {"stable": True},
        "energy": None,
        "operators": None,
        "preempted": None,
    }


def _merged(parts: Sequence[Facts]) -> Facts:
    """One result from several starts of the binary: what each start has of its own comes from the first."""
    figures = [part["latency_ms"] for part in parts]
    runs = sum(each["runs"] for each in figures)
    merged = {
        **figures[0],
        "runs": runs,
        "seconds": round(sum(each["seconds"] for each in figures), 3),
        "min": min(each["min"] for each in figures),
        "max": max(each["max"] for each in figures),
        "mean": sum(each["mean"] * each["runs"] for each in figures) / runs,
        **{name: latency.median([each[name] for each in figures]) for name in ("p50", "spread")},
    }
    return {**parts[0], "latency_ms": merged, "interleaved": len(parts) > 1}


def _medians(parts: Sequence[Facts]) -> list[list[float]]:
    return [[part["latency_ms"]["p50"]] for part in parts]
