"""Whole exports: every size, the same bytes twice, and Ctrl-C at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from export import bundle
from export.cli import main

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("after", [0.5, 2.5, 4.0, 6.0])
def test_ctrl_c_leaves_nothing_half_written(after: float, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "export.cli", "--size", "512x1024", "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(after)
    child.send_signal(signal.SIGINT)
    _, message = child.communicate()
    assert "Traceback" not in message
    if child.returncode == 130:
        assert not (tmp_path / "out").exists()
    else:
        assert child.returncode == 0, message


SUFFIXES = (".onnx", ".tflite", ".mlpackage")


def test_the_same_export_twice_is_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for index, (seed, threads, zone) in enumerate((("0", "1", "UTC"), ("4242", "2", "Asia/Tokyo"))):
        out = tmp_path / f"run{index}" / "out"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "OMP_NUM_THREADS": threads,
            "TZ": zone,
            "LC_ALL": "C" if index else "C.UTF-8",
        }
        command = [sys.executable, "-m", "export.cli", "--size", "97x131", "--out", str(out), "--quiet"]
        subprocess.run(command, check=True, env=environment)
        subprocess.run([*command, "--fp16"], check=True, env=environment)
        digests.append(
            # what is written of an export beside its artifacts tells distances, which threads change
            {p.name: bundle.digest(p) for p in out.iterdir() if p.suffix in SUFFIXES}
        )
    assert len(digests[0]) == 6
    assert digests[0] == digests[1]


SIZES = ["512x1024", "1024x2048", "360x480", "256x256", "480x640", "513x769", "97x131"]


@pytest.mark.parametrize("size", SIZES)
def test_sizes_export_and_pass(size: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--size", size, "--out", str(tmp_path), "--json", "--quiet"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [artifact["parity"]["verdict"] for artifact in report["artifacts"]] == ["passed"] * 3
