"""fastscnn-bench on this machine, as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import latency
from benchmarks.cli import main
from tests.export.commands import Capture, answered, refusal

SHORT = ("--threads", 1, "--seconds", 0.2)


def digest(path: Path) -> str:
    return latency.digest(path)


def test_the_document_and_its_file(tflite: Path, onnx: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = answered(main, capsys, tflite, onnx, *SHORT, "--out", tmp_path / "results")
    assert answer["schema"] == 1
    (board,) = answer["boards"]
    assert board["board"] == "here"
    assert [result["file"] for result in board["document"]["results"]] == [tflite.name, onnx.name]
    (written,) = (tmp_path / "results").iterdir()
    assert written.name == "here.json"
    assert json.loads(written.read_text()) == board["document"]


def test_what_stands_is_replaced_by_force_alone_and_told_before_measuring(
    tflite: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.json").write_text("{}")
    complaint = refusal(main, capsys, tflite, "--long", "--out", tmp_path)
    assert complaint.startswith("output: ")
    assert "--force" in complaint
    assert (tmp_path / "here.json").read_text() == "{}"
    answered(main, capsys, tflite, *SHORT, "--out", tmp_path, "--force")
    assert "results" in json.loads((tmp_path / "here.json").read_text())


def test_people_read_the_scripts_own_table(tflite: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(tflite), "--threads", "1", "--seconds", "0.2", "--quiet"]) == 0
    printed = capfd.readouterr()
    assert "p50 ms" in printed.out
    assert "a second." in printed.out
    assert printed.err == ""


def report_of(artifact: Path, miou: float) -> dict[str, Any]:
    score = {"split": "val", "pictures": 101, "float": {"miou": 0.65}, "int8": {"miou": miou}}
    entry = {"file": artifact.name, "sha256": digest(artifact), "parity": {"score": score}}
    return {"schema": 1, "artifacts": [entry]}


def test_miou_comes_from_the_report_beside_the_artifact(
    int8_tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    artifact = tmp_path / int8_tflite.name
    artifact.write_bytes(int8_tflite.read_bytes())
    (tmp_path / "report.json").write_text(json.dumps(report_of(artifact, 0.648)))
    (tmp_path / "other.json").write_text("not ours")
    (board,) = answered(main, capsys, artifact, *SHORT)["boards"]
    assert board["document"]["results"][0]["miou"] == 0.648
    artifact.write_bytes(artifact.read_bytes() + b"\0")
    (board,) = answered(main, capsys, artifact, *SHORT)["boards"]
    assert "miou" not in board["document"]["results"][0], "another file now"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required"),
        (("nothing.tflite",), "nothing.tflite cannot be read"),
        (("{net}", "--threads", "two"), "--threads"),
        (("{net}", "--threads", "0"), "--threads"),
        (("{net}", "--runs", "3"), "too few"),
        (("{net}", "--long", "--seconds", "3"), "--long"),
        (("{net}", "--compare"), "two files"),
        (("{net}", "--input", "nothing.npy"), "nothing.npy"),
        (("{net}", "--runtime", "onnxruntime"), "opens no tflite files"),
        (("{net}", "--runtime", "tensorrt"), "--runtime"),
        (("{net}", "--board", "usb"), "is no board"),
        (("{net}", "--board", "here", "--board", "here"), "given twice"),
        (("{net}", "--boards", "here"), "--boards"),
        (("{net}", "--out", "{net}/results"), "cannot be made"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...], words: str, tflite: Path, capsys: Capture) -> None:
    assert words in refusal(main, capsys, *(argument.format(net=tflite) for argument in arguments))


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from benchmarks.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'numpy', 'torch', 'onnx', 'matplotlib'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "--board" in ended.stdout


def test_an_interrupted_command(tflite: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "benchmarks.cli",
        str(tflite),
        "--threads",
        "1",
        "--seconds",
        "600",
        "--json",
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.2)
    process.terminate()
    printed, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(printed)["error"]["kind"] == "interrupted"
    assert "Traceback" not in complaint
