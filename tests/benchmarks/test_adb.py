"""A board behind adb, which here is a program of ours that plays adb."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from benchmarks import latency
from benchmarks.adb import serial_of
from benchmarks.cli import main
from fastscnn.errors import UsageError
from tests.benchmarks.phone import OLD, Phone
from tests.benchmarks.phone import phone as made_phone
from tests.export.commands import Capture, answered, refusal

ADB = ("--board", "adb", "--threads", 1, "--seconds", 0.2)


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Phone:
    made = made_phone(tmp_path, python=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("benchmarks.adb.PYTHONS", ("no-python-on-a-phone",))
    return made


@pytest.fixture
def phone_with_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Phone:
    made = made_phone(tmp_path, python=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return made


def test_a_phone_with_python_runs_the_same_script(
    phone_with_python: Phone, tflite: Path, capsys: Capture
) -> None:
    (board,) = answered(main, capsys, tflite, *ADB)["boards"]
    assert board["board"] == "adb"
    (result,) = board["document"]["results"]
    assert result["file"] == tflite.name
    assert 0 < result["latency_ms"]["min"] <= result["latency_ms"]["p50"]
    assert phone_with_python.left() == []


def test_a_phone_with_the_benchmark_binary(phone: Phone, int8_tflite: Path, capsys: Capture) -> None:
    words = ("--board", "adb", "--threads", "1,4", "--long", "--adb-benchmark", phone.binary)
    (board,) = answered(main, capsys, int8_tflite, *words)["boards"]
    document = board["document"]
    assert document["tool"] == {"name": "benchmark_model"}
    assert [result["threads"] for result in document["results"]] == [1, 4]
    for result in document["results"]:
        assert result["latency_ms"]["p50"] == 23.25
        assert result["precision"] == "int8"
        assert result["delegate"]["whole"]
    assert document["machine"]["cores"] >= 1
    assert document["verdict"][0]["code"] == "fastest"
    first, second = phone.started()
    assert re.search(r"--graph=\S+/net_64x96_int8\.tflite --num_threads=1 ", first)
    assert "--num_threads=4" in second
    assert "--num_runs=1024" in first
    assert phone.left() == []


def test_a_binary_that_is_on_the_phone_already(phone: Phone, tflite: Path, capsys: Capture) -> None:
    (phone.folder / "tmp" / "mine").write_bytes(phone.binary.read_bytes())
    (phone.folder / "tmp" / "mine").chmod(0o755)
    answered(main, capsys, tflite, *ADB, "--adb-benchmark", "/data/local/tmp/mine")
    assert phone.left() == ["mine"]
    complaint = refusal(main, capsys, tflite, *ADB, "--adb-benchmark", "/data/local/tmp/none")
    assert "no program, neither here nor on adb" in complaint
    assert phone.left() == ["mine"]


def test_the_binary_takes_turns_when_files_are_compared(
    phone: Phone, tflite: Path, int8_tflite: Path, capsys: Capture
) -> None:
    words = ("--compare", "--adb-benchmark", phone.binary)
    (board,) = answered(main, capsys, tflite, int8_tflite, *ADB, *words)["boards"]
    order = [int8_tflite.name in line for line in phone.started()]
    assert order == [False, True, True, False] * (latency.ROUNDS // 2)
    (compared,) = board["document"]["comparisons"]
    assert (compared["rounds"], compared["median"]) == (latency.ROUNDS, 1.0)
    assert board["document"]["results"][0]["latency_ms"]["runs"] == 214 * latency.ROUNDS


def test_an_old_binary_is_said_to_tell_no_median(phone: Phone, tflite: Path, capsys: Capture) -> None:
    (phone.folder / "printed").write_text(OLD)
    (board,) = answered(main, capsys, tflite, *ADB, "--adb-benchmark", phone.binary)["boards"]
    assert "mean" in {line["code"] for line in board["document"]["verdict"]}


def test_a_binary_that_fails_gives_its_own_words(phone: Phone, tflite: Path, capsys: Capture) -> None:
    (phone.folder / "printed").write_text("ERROR: Failed to apply the default delegate.\n")
    complaint = refusal(main, capsys, tflite, *ADB, "--adb-benchmark", phone.binary)
    assert "it said: ERROR: Failed to apply the default delegate." in complaint
    assert phone.left() == []


def test_the_binary_opens_no_onnx(phone: Phone, onnx: Path, capsys: Capture) -> None:
    assert "TFLite files alone" in refusal(main, capsys, onnx, *ADB, "--adb-benchmark", phone.binary)


def test_a_phone_without_python_and_without_a_binary(phone: Phone, tflite: Path, capsys: Capture) -> None:
    assert "--adb-benchmark" in refusal(main, capsys, tflite, *ADB)
    assert phone.left() == []


def test_a_full_phone(phone: Phone, tflite: Path, capsys: Capture) -> None:
    phone.becomes("full")
    assert f"adb has no space for {tflite.name}" in refusal(main, capsys, tflite, *ADB)
    assert phone.left() == []


def test_a_phone_that_is_unplugged_while_it_measures(phone: Phone, tflite: Path, capsys: Capture) -> None:
    phone.binary.write_text(f"#!/bin/sh\ntouch {phone.folder}/unplugged\nkill -9 $PPID\n")
    complaint = refusal(main, capsys, tflite, *ADB, "--adb-benchmark", phone.binary)
    assert "connection was lost" in complaint


@pytest.mark.parametrize(
    ("lines", "board", "words"),
    [
        ((), "adb", "sees no device"),
        (("R58M\tdevice",), "adb:OTHER", "sees no device OTHER"),
        (("R58M\tdevice", "emulator-5554\tdevice"), "adb", "several devices: R58M, emulator-5554"),
        (("R58M\tunauthorized",), "adb", "confirm the question on its screen"),
        (("R58M\toffline",), "adb:R58M", "is offline"),
        (("R58M\tno permissions (missing udev rules?)",), "adb", "udev"),
        (("R58M\trecovery",), "adb", "in the state recovery"),
    ],
)
def test_devices_that_cannot_be_used(
    lines: tuple[str, ...], board: str, words: str, phone: Phone, tflite: Path, capsys: Capture
) -> None:
    phone.is_called(*lines)
    complaint = refusal(main, capsys, tflite, "--board", board)
    assert complaint.startswith("board: ")
    assert words in complaint
    assert not [line for line in phone.asked() if line.startswith("push")]


def test_no_adb(tflite: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(main, capsys, tflite, *ADB).startswith("missing-package: adb is not installed.")


def test_a_serial() -> None:
    assert serial_of("adb") is None
    assert serial_of("adb:R58M") == "R58M"
    assert serial_of("adb:192.168.1.7:5555") == "192.168.1.7:5555"
    with pytest.raises(UsageError):
        serial_of("adb:R58M; reboot")
