"""Artifacts run on a machine: their outputs, and the instructions that an inference takes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arm import counter, infer
from benchmarks.arm.machine import Machine
from fastscnn.errors import BoardError

Array = np.ndarray[Any, np.dtype[Any]]
COUNTED = 2
"""Inferences after the first, which sets things up."""


@dataclass(frozen=True)
class Job:
    """One artifact in one runtime, with settings of its session."""

    artifact: Path
    runtime: str
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inference:
    output: Array
    instructions: int | None = None
    """Of one inference, without start-up; None where they were not counted."""


def run(machine: Machine, jobs: Sequence[Job], picture: Array, plugin: Path | None = None) -> list[Inference]:
    """Each job's output for this picture (RGB bytes); with the plugin its instructions too."""
    found: dict[int, Inference] = {}
    for runtime in dict.fromkeys(job.runtime for job in jobs):
        chosen = [index for index, job in enumerate(jobs) if job.runtime == runtime]
        measured = _run(machine, runtime, [jobs[index] for index in chosen], picture, plugin)
        found.update(zip(chosen, measured, strict=True))
    return [found[index] for index in range(len(jobs))]


def _run(
    machine: Machine, runtime: str, jobs: Sequence[Job], picture: Array, plugin: Path | None
) -> list[Inference]:
    runs = 1 if plugin is None else 1 + COUNTED
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        outputs = [folder / f"output{index}.npy" for index in range(len(jobs))]
        marks = folder / "marks"
        np.save(folder / "picture.npy", picture)
        orders = [
            {
                "artifact": str(job.artifact.resolve()),
                "picture": str(folder / "picture.npy"),
                "output": str(output),
                "runs": runs,
                "settings": job.settings,
            }
            for job, output in zip(jobs, outputs, strict=True)
        ]
        (folder / "jobs.json").write_text(json.dumps(orders))
        ended = machine.run(
            infer.__file__,
            runtime,
            folder / "jobs.json",
            environment={} if plugin is None else counter.environment(plugin, marks),
        )
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines() or ["no word"]
            raise BoardError(f"{runtime} failed on {machine.name}: {said[-1]}")
        instructions: list[int | None] = [None] * len(jobs)
        if plugin is not None:
            counted = counter.between(marks)
            instructions = [sum(counted[i * COUNTED :][:COUNTED]) // COUNTED for i in range(len(jobs))]
        arrays = [np.load(output) for output in outputs]
    return [Inference(array, count) for array, count in zip(arrays, instructions, strict=True)]
