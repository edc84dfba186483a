"""latency.py, as a user of a board calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import latency
from tests.benchmarks.scripts import SCRIPT, SHORT, measured, refused, run

ORDER = ("min", "p50", "p90", "p99", "max")


def plausible(result: dict[str, Any]) -> None:
    found = result["latency_ms"]
    assert found["min"] > 0
    assert [found[name] for name in ORDER] == sorted(found[name] for name in ORDER)
    assert found["min"] <= found["mean"] <= found["max"]
    assert found["runs"] >= latency.LEAST_RUNS
    assert found["seconds"] >= latency.LEAST_SECONDS
    assert result["load_ms"] > 0
    assert result["first_ms"] > 0
    assert result["warm_up"]["runs"] >= 1
    assert 0 < result["memory"]["before_bytes"] < result["memory"]["peak_bytes"]


@pytest.mark.parametrize("name", ["tflite", "onnx", "int8_tflite", "int8_onnx"])
def test_an_artifact_is_measured_and_described(name: str, request: pytest.FixtureRequest) -> None:
    file: Path = request.getfixturevalue(name)
    document = measured(file, *SHORT)
    (result,) = document["results"]
    plausible(result)
    assert result["file"] == file.name
    assert result["precision"] == ("int8" if name.startswith("int8") else "fp32")
    assert result["format"] == name.removeprefix("int8_")
    assert result["bytes"] == file.stat().st_size
    assert sorted(result["inputs"][0]["shape"]) == [1, 3, 64, 96]
    assert (result["threads"], result["cores"]) == (1, "all")
    assert len(result["block_p50_ms"]) >= 1
    assert document["machine"]["cores"] >= 1
    assert document["verdict"][0]["code"] == "fastest"


def test_onnx_is_profiled_by_operator(int8_onnx: Path) -> None:
    (result,) = measured(int8_onnx, *SHORT)["results"]
    operators = result["operators"]["profile"]["operators"]
    assert sum(entry["share"] for entry in operators) == pytest.approx(1, abs=0.01)
    assert {"QLinearConv", "Resize"} <= {entry["operator"] for entry in operators}
    assert operators[0]["ms"] == max(entry["ms"] for entry in operators)
    # every Resize computes in float there, and not everything does
    assert 0 < result["operators"]["profile"]["float_share"] < 1


def test_tflite_says_why_it_has_no_profile_and_what_the_delegate_took(tflite: Path) -> None:
    (result,) = measured(tflite, *SHORT)["results"]
    assert result["operators"]["profile"] is None
    assert "benchmark_model" in result["operators"]["note"]
    assert result["delegate"] == {
        "name": "XNNPACK",
        "partitions": 1,
        "left_to_builtin_kernels": {},
        "whole": True,
    }


def test_compared_artifacts_take_turns(tflite: Path, int8_tflite: Path) -> None:
    document = measured("--compare", tflite, int8_tflite, *SHORT)
    first, second = document["results"]
    for result in (first, second):
        plausible(result)
        assert result["interleaved"]
        assert result["energy"] is None, "nobody can say who drew what"
    assert len(first["block_p50_ms"]) == len(second["block_p50_ms"]) >= latency.ROUNDS
    (compared,) = document["comparisons"]
    assert (compared["file"], compared["against"]) == (int8_tflite.name, tflite.name)
    rounds = [b / a for a, b in zip(first["block_p50_ms"], second["block_p50_ms"], strict=True)]
    assert compared["median"] == pytest.approx(np.median(rounds), rel=1e-3)
    low, high = compared["interval95"]
    assert low <= compared["median"] <= high
    assert compared["quartiles"][0] <= compared["median"] <= compared["quartiles"][1]


def test_people_read_a_table(tflite: Path) -> None:
    ended = run(tflite, *SHORT)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert any(line.startswith("file") and "p50 ms" in line and "p99" in line for line in lines)
    assert any(line.startswith(tflite.name) and "fp32" in line for line in lines)
    assert "a second." in ended.stdout
    assert f"{tflite.name}: 1 thread" in ended.stderr
    assert "XNNPACK took the whole graph" in ended.stdout


def test_a_measurement_in_one_process_gives_the_same_document(tflite: Path) -> None:
    apart = measured(tflite, *SHORT)
    within = measured(tflite, *SHORT, "--in-process")
    plausible(within["results"][0])
    assert within.keys() == apart.keys()
    assert within["results"][0].keys() == apart["results"][0].keys()


def test_an_array_of_the_users_own(int8_tflite: Path, tmp_path: Path) -> None:
    given = tmp_path / "feed.npy"
    np.save(given, np.zeros((64, 96, 3), np.uint8))
    document = measured(int8_tflite, *SHORT, "--input", given)
    plausible(document["results"][0])
    np.save(given, np.zeros((64, 90, 3), np.uint8))
    complaint = refused(int8_tflite, *SHORT, "--input", given)
    assert "uint8 1x64x90x3" in complaint
    assert "uint8 1x64x96x3" in complaint
    np.save(given, np.zeros((64, 96, 3), np.float32))
    assert "float32" in refused(int8_tflite, *SHORT, "--input", given)
    given.write_bytes(b"no array")
    assert refused(int8_tflite, *SHORT, "--input", given).startswith("input: ")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("net.tflite", None, "No such file"),
        ("net.tflite", b"", "neither"),
        ("net.tflite", b"\x1c\0\0\0TFL3 and then nothing", "cannot be opened"),
        ("net.onnx", b"\x08\x0aand then nothing", "cannot be opened"),
        ("picture.png", b"\x89PNG", "neither"),
    ],
)
def test_a_file_that_is_no_artifact(name: str, content: bytes | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    complaint = refused(file, *SHORT)
    assert complaint.startswith("artifact: ")
    assert reason in complaint


def test_a_core_ml_package_is_for_other_machines(tmp_path: Path) -> None:
    (tmp_path / "net.mlpackage").mkdir()
    assert "Apple" in refused(tmp_path / "net.mlpackage", *SHORT)


@pytest.mark.parametrize("name", ["tflite", "onnx"])
def test_a_cut_artifact(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    whole: Path = request.getfixturevalue(name)
    cut = tmp_path / whole.name
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert refused(cut, *SHORT).split(":")[0] in ("artifact", "crash")


def test_a_missing_runtime_is_named_with_what_to_install(tflite: Path, onnx: Path) -> None:
    # without site-packages nothing is installed
    bare = ("-I", "-S")
    assert "pip install ai-edge-litert" in refused(tflite, *SHORT, switches=bare)
    complaint = refused(onnx, *SHORT, switches=bare)
    assert complaint.startswith("missing-package: onnxruntime is not installed")
    assert "pip install onnxruntime" in complaint


def fake_runtime(folder: Path, code: str) -> str:
    (folder / "ai_edge_litert").mkdir()
    (folder / "ai_edge_litert" / "__init__.py").touch()
    (folder / "ai_edge_litert" / "interpreter.py").write_text(code)
    return str(folder)


def test_a_runtime_that_cannot_be_loaded_says_why(tflite: Path, tmp_path: Path) -> None:
    path = fake_runtime(tmp_path, "raise ImportError('GLIBC_2.38 not found')")
    complaint = refused(tflite, *SHORT, PYTHONPATH=path)
    assert complaint.startswith("runtime: ai-edge-litert is installed but cannot be loaded: GLIBC_2.38")


def test_a_runtime_that_crashes_is_an_error_and_no_crash_of_ours(tflite: Path, tmp_path: Path) -> None:
    path = fake_runtime(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    complaint = refused(tflite, *SHORT, PYTHONPATH=path)
    assert "died (SIGILL)" in complaint
    assert "newer CPU" in complaint


def test_a_run_too_short_to_mean_anything(tflite: Path) -> None:
    assert refused(tflite, "--runs", 5).startswith("too-short: ")
    assert refused(tflite, "--seconds", 0.01).startswith("too-short: ")
    document = measured(tflite, "--threads", 1, "--runs", 5, "--force")
    assert document["options"]["forced"]
    assert "too-short" in {line["code"] for line in document["verdict"]}


def test_more_threads_than_cores(tflite: Path) -> None:
    many = len(os.sched_getaffinity(0)) + 1
    assert refused(tflite, "--threads", f"1,{many}").startswith(f"threads: {many} threads are more")
    document = measured(tflite, "--threads", many, "--seconds", 0.2, "--force")
    assert "more threads than cores" in "".join(line["text"] for line in document["verdict"])


def test_a_chosen_core_is_the_one_that_is_used(tflite: Path) -> None:
    core = max(os.sched_getaffinity(0))
    (result,) = measured(tflite, *SHORT, "--cores", core)["results"]
    assert (result["cores"], result["core_list"]) == (str(core), [core])
    assert refused(tflite, *SHORT, "--cores", 4095).startswith("cores: ")
    assert refused(tflite, *SHORT, "--cores", "largest").startswith("usage: ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--compare", "a.tflite"],
        ["a.tflite", "--threads", "0"],
        ["a.tflite", "--threads", "two"],
        ["--no"],
    ],
)
def test_a_wrong_command_line(arguments: list[str]) -> None:
    assert refused(*arguments).split(":")[0] in ("usage", "artifact")


def test_an_interrupted_run_ends_at_once_and_leaves_no_process(tflite: Path) -> None:
    words = [sys.executable, str(SCRIPT), str(tflite), "--threads", "1", "--seconds", "600", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline()
    children = _children(process.pid)
    process.send_signal(signal.SIGTERM)
    printed, complaint = process.communicate(timeout=30)
    assert process.returncode == latency.INTERRUPTED
    assert json.loads(printed)["error"]["kind"] == "interrupted"
    assert "Traceback" not in complaint
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def _children(parent: int) -> list[int]:
    """Once there are any."""
    for _ in range(200):
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if found:
            return [int(child) for child in found]
        time.sleep(0.05)
    return []
