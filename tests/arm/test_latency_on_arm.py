"""latency.py on an ARM core: the script alone, started by the core's Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import latency
from benchmarks.arm.cores import CORES
from benchmarks.arm.machine import Machine, emulated

SHORT = ("--threads", 1, "--runs", 20, "--seconds", 0.2, "--no-profile", "--json", "--quiet")


def measured(machine: Machine, *files: Path) -> dict[str, Any]:
    ended = machine.run(latency.__file__, *files, *SHORT)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def document(cortex_a76: Machine, artifacts: list[Path]) -> dict[str, Any]:
    """Of the int8 files."""
    return measured(cortex_a76, artifacts[2], artifacts[3])


@pytest.mark.slow
def test_it_names_the_core_and_says_that_it_is_emulated(document: dict[str, Any]) -> None:
    machine = document["machine"]
    assert machine["machine"] == "aarch64"
    assert "Cortex-A76" in machine["cpu"]
    assert "asimddp" in machine["features"], "dot products"
    assert machine["emulated"]
    assert "emulated" in [line["code"] for line in document["verdict"]]


@pytest.mark.slow
def test_it_measures_both_kinds_of_files_there(document: dict[str, Any]) -> None:
    for result, runtime in zip(document["results"], ("ai-edge-litert", "onnxruntime"), strict=True):
        assert (result["runtime"], result["precision"]) == (runtime, "int8")
        assert result["latency_ms"]["runs"] >= 20
        assert 0 < result["latency_ms"]["min"] <= result["latency_ms"]["p50"] <= result["latency_ms"]["max"]
        assert result["memory"]["peak_bytes"] > 2**20


@pytest.mark.slow
def test_a_delegate_takes_the_whole_int8_graph_there(document: dict[str, Any]) -> None:
    assert document["results"][0]["delegate"]["whole"]


@pytest.mark.slow
def test_an_older_core_has_no_dot_products(x86: Machine, artifacts: list[Path]) -> None:
    document = measured(emulated(CORES["cortex-a53"]), artifacts[2])
    assert "Cortex-A53" in document["machine"]["cpu"]
    assert "asimd" in document["machine"]["features"]
    assert "asimddp" not in document["machine"]["features"]
