"""Files compute on an ARM core what they compute on x86."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.arm.cores import CORES
from benchmarks.arm.difference import difference
from benchmarks.arm.inferences import run
from benchmarks.arm.machine import Machine
from benchmarks.arm.proof import UNOPTIMISED, Finding, jobs_for, noise, prove
from tests.arm.conftest import SIZE

CORE = CORES["cortex-a76"]


@pytest.fixture(scope="module")
def findings(artifacts: list[Path], x86: Machine, cortex_a76: Machine) -> list[Finding]:
    return prove(CORE, artifacts, cortex_a76, x86, noise(*SIZE))


@pytest.mark.slow
def test_every_artifact_runs_there_and_computes_the_same(
    findings: list[Finding], artifacts: list[Path]
) -> None:
    assert [found.job.artifact for found in findings] == artifacts
    for found in findings:
        assert found.holds, f"{found.job.artifact.name}: {found.difference}"


@pytest.mark.slow
def test_int8_tflite_files_are_identical_bit_by_bit(findings: list[Finding]) -> None:
    integers = [
        found for found in findings if found.difference.integers and found.job.runtime == "ai-edge-litert"
    ]
    assert len(integers) == 2
    assert all(found.difference.identical for found in integers)


@pytest.mark.slow
def test_float_files_are_within_a_hundred_thousandth_of_the_range(findings: list[Finding]) -> None:
    floats = [found for found in findings if not found.difference.integers]
    assert {found.job.runtime for found in floats} == {"ai-edge-litert", "onnxruntime"}
    assert all(found.difference.largest <= 1e-5 for found in floats)


@pytest.mark.slow
def test_another_output_does_not_hold(artifacts: list[Path], x86: Machine) -> None:
    """The comparison would see one."""
    jobs, picture = jobs_for(CORE, artifacts), noise(*SIZE)
    for job, ours, theirs in zip(jobs, run(x86, jobs, picture), run(x86, jobs, 255 - picture), strict=True):
        assert not Finding(CORE.title, job, None, difference(ours.output, theirs.output)).holds


def test_a_core_runs_what_its_runtimes_open(artifacts: list[Path]) -> None:
    old = jobs_for(CORES["cortex-a7"], artifacts)
    assert [job.runtime for job in old] == ["tflite-runtime"] * 3
    assert all(job.artifact.suffix == ".tflite" for job in old)


def test_int8_onnx_files_are_compared_without_kernels_that_saturate(artifacts: list[Path]) -> None:
    settings = {job.artifact.name: job.settings for job in jobs_for(CORE, artifacts)}
    assert [name for name, chosen in settings.items() if chosen == UNOPTIMISED] == [
        path.name for path in artifacts if path.suffix == ".onnx" and "int8" in path.name
    ]
