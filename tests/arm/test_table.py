"""The page that `make arm` writes, and the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.arm.__main__ import main
from benchmarks.arm.difference import Difference
from benchmarks.arm.inferences import Job
from benchmarks.arm.proof import Finding
from benchmarks.arm.table import page

SAME = Difference(integers=True, share=0.0, largest=0.0)
ONE_OFF = Difference(integers=True, share=0.25, largest=1.0)


def finding(core: str, instructions: int | None, found: Difference = SAME) -> Finding:
    return Finding(core, Job(Path("net_int8.tflite"), "ai-edge-litert"), instructions, found)


def test_a_column_a_core_in_millions() -> None:
    text = page([finding("Cortex-A53", 194_460_000), finding("Cortex-A76", 82_340_000)])
    assert "| net_int8.tflite | ai-edge-litert | 194.5 | 82.3 |" in text
    assert "| net_int8.tflite | ai-edge-litert | identical | identical |" in text


def test_a_core_that_did_not_run_a_file_has_an_empty_cell() -> None:
    other = Finding("Cortex-A7", Job(Path("net_int8.tflite"), "tflite-runtime"), 646_000_000, ONE_OFF)
    text = page([finding("Cortex-A76", 1_000_000), other])
    assert "| net_int8.tflite | ai-edge-litert | 1.0 |  |" in text
    assert "| net_int8.tflite | tflite-runtime |  | 25.00% differ, by 1 at most |" in text


def test_too_much_is_marked() -> None:
    assert "25.00% differ, by 1 at most **(too much)**" in page([finding("Cortex-A76", None, ONE_OFF)])


def test_files_of_two_sizes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "a_64x96_int8.tflite", tmp_path / "b_360x480_int8.tflite"]
    assert main([*map(str, files), "--out", str(tmp_path / "arm.md")]) == 2
    assert "of one size" in capsys.readouterr().err
    assert not (tmp_path / "arm.md").exists()
