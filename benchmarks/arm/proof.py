"""Artifacts on emulated ARM cores: the same outputs as on x86, and an inference's instructions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import latency
from benchmarks.arm.cores import Core
from benchmarks.arm.difference import Difference, difference
from benchmarks.arm.inferences import Array, Job, run
from benchmarks.arm.machine import Machine

FLOAT_LIMIT = 1e-5
"""Of the outputs' range, as between two CPUs that add in another order."""
ROUNDED_LIMIT = 2
"""Steps, in runtimes whose int8 kernels do not round every value alike on all CPUs."""
EXACT = ("ai-edge-litert",)
"""Runtimes whose int8 kernels compute the same integers on every CPU."""
UNOPTIMISED = {"optimisation": "ORT_DISABLE_ALL"}
"""For comparing int8 ONNX files: optimised, onnxruntime's kernels for older x86 CPUs saturate."""


@dataclass(frozen=True)
class Finding:
    """One artifact on one core."""

    core: str
    job: Job
    instructions: int | None
    difference: Difference

    @property
    def holds(self) -> bool:
        if not self.difference.integers:
            return self.difference.largest <= FLOAT_LIMIT
        if self.job.runtime in EXACT:
            return self.difference.identical
        return self.difference.largest <= ROUNDED_LIMIT


def prove(
    core: Core,
    artifacts: Sequence[Path],
    machine: Machine,
    reference: Machine,
    picture: Array,
    plugin: Path | None = None,
) -> list[Finding]:
    """Every artifact that a runtime of this core opens; its instructions where there is a plugin."""
    jobs = jobs_for(core, artifacts)
    theirs = run(reference, jobs, picture)
    # what is counted is what users run
    counted = run(machine, [Job(job.artifact, job.runtime) for job in jobs], picture, plugin)
    unoptimised = iter(run(machine, [job for job in jobs if job.settings], picture))
    return [
        Finding(
            core.title,
            job,
            ours.instructions,
            difference((next(unoptimised) if job.settings else ours).output, their.output),
        )
        for job, ours, their in zip(jobs, counted, theirs, strict=True)
    ]


def jobs_for(core: Core, artifacts: Sequence[Path]) -> list[Job]:
    """Each artifact in the first of the core's runtimes that opens its kind."""
    jobs = []
    for artifact in artifacts:
        kind = latency.kind_of(artifact)
        runtimes = [pinned.partition("==")[0] for pinned in core.architecture.runtimes]
        fitting = [name for name in runtimes if latency.RUNTIMES[name][1] == kind]
        if fitting:
            jobs.append(Job(artifact, fitting[0], UNOPTIMISED if _int8_onnx(artifact, kind) else {}))
    return jobs


def _int8_onnx(artifact: Path, kind: str) -> bool:
    if kind != "onnx":
        return False
    _, operators = latency.onnx_contents(artifact.read_bytes())
    return any(name in latency.QUANTIZING for name in operators)


def noise(height: int, width: int) -> Array:
    """A picture of coloured blocks under noise: RGB bytes, the same on every machine."""
    dice = np.random.default_rng(0)
    blocks = dice.integers(0, 204, (-(-height // 8), -(-width // 8), 3)).repeat(8, 0).repeat(8, 1)
    grain: Array = dice.integers(0, 52, (height, width, 3))
    return (blocks[:height, :width] + grain).astype(np.uint8)
