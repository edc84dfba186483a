"""A board behind ssh, which here is a real sshd on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from benchmarks.cli import main
from benchmarks.ssh import Address, address
from fastscnn.errors import UsageError
from tests.benchmarks.loopback import CONFIG, Server, gone, measuring, sessions, until
from tests.export.commands import Capture, answered, refusal

SHORT = ("--threads", 1, "--seconds", 0.2)


def test_a_board_measures_and_is_left_as_it_was(
    server: Server, tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    answer = answered(
        main, capsys, tflite, *SHORT, "--board", server.board, *server.options, "--out", tmp_path
    )
    (board,) = answer["boards"]
    assert board["board"] == f"127.0.0.1:{server.port}"
    (result,) = board["document"]["results"]
    assert result["file"] == tflite.name
    assert result["latency_ms"]["p50"] > 0
    (written,) = tmp_path.iterdir()
    assert written.name == f"127.0.0.1_{server.port}.json"
    assert json.loads(written.read_text()) == board["document"]
    assert server.left() == []


def test_names_that_a_shell_would_take_apart(
    server: Server, tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    spoilt = tmp_path / "it's $HOME; a `net`.tflite"
    shutil.copy(tflite, spoilt)
    answer = answered(main, capsys, spoilt, *SHORT, "--board", server.board, *server.options)
    assert answer["boards"][0]["document"]["results"][0]["file"] == spoilt.name
    assert server.left() == []


def test_two_files_of_one_name(server: Server, tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / tflite.name
    shutil.copy(tflite, other)
    files = (tflite, other, "--compare")
    answer = answered(main, capsys, *files, *SHORT, "--board", server.board, *server.options)
    results = answer["boards"][0]["document"]["results"]
    assert [result["file"] for result in results] == [f"0-{tflite.name}", f"1-{tflite.name}"]


def test_a_board_refuses_what_latency_refuses(server: Server, tmp_path: Path, capsys: Capture) -> None:
    cut = tmp_path / "net.tflite"
    cut.write_bytes(b"\x1c\0\0\0TFL3 and then nothing")
    complaint = refusal(main, capsys, cut, *SHORT, "--board", server.board, *server.options)
    assert complaint.startswith(f"artifact: 127.0.0.1:{server.port}: net.tflite cannot be opened")
    assert server.left() == []


def test_a_board_without_python(server: Server, tflite: Path, capsys: Capture) -> None:
    config = ("--ssh-config", server.folder / "ssh_config", "--board-python", "nopython3")
    complaint = refusal(main, capsys, tflite, *SHORT, "--board", server.board, *config)
    assert complaint.startswith(f"board: 127.0.0.1:{server.port} has no nopython3.")
    assert "--board-python" in complaint
    assert server.left() == []


def fake_python(server: Server, script: str) -> tuple[object, ...]:
    """Options for a board whose Python is this shell script."""
    path = server.folder / "fake_python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return ("--ssh-config", server.folder / "ssh_config", "--board-python", path)


def test_a_board_with_an_old_python(server: Server, tflite: Path, capsys: Capture) -> None:
    old = fake_python(server, "exit 1")
    assert "older than 3.8" in refusal(main, capsys, tflite, *SHORT, "--board", server.board, *old)


def test_a_board_without_a_runtime(server: Server, tflite: Path, capsys: Capture) -> None:
    bare = fake_python(server, f'exec {sys.executable} -I -S "$@"')
    complaint = refusal(main, capsys, tflite, *SHORT, "--board", server.board, *bare)
    assert complaint.startswith("missing-package: ")
    assert "pip install ai-edge-litert" in complaint


def test_a_board_that_greets_before_it_answers(server: Server, tflite: Path, capsys: Capture) -> None:
    chatty = fake_python(server, f'echo "Welcome {{friend}}"; exec {sys.executable} "$@"')
    answer = answered(main, capsys, tflite, *SHORT, "--board", server.board, *chatty)
    assert answer["boards"][0]["document"]["results"][0]["file"] == tflite.name


def test_a_board_without_space(
    server: Server, tflite: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.ssh.MARGIN", 1 << 60)
    complaint = refusal(main, capsys, tflite, *SHORT, "--board", server.board, *server.options)
    assert f"127.0.0.1:{server.port} has no space" in complaint
    assert server.left() == []


def test_a_board_that_does_not_answer_leaves_the_others_alone(
    server: Server, tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    boards = ("--board", f"ssh://127.0.0.1:{nobody}", "--board", server.board, "--board", "here")
    words = [tflite, *SHORT, *boards, *server.options, "--out", tmp_path, "--json", "--quiet"]
    assert main([str(word) for word in words]) == 2
    printed = capsys.readouterr()
    silent, answering, here = json.loads(printed.out)["boards"]
    assert silent["error"]["kind"] == "board"
    assert "does not answer" in silent["error"]["message"]
    assert "Connection refused" in silent["error"]["message"]
    for board in (answering, here):
        assert board["document"]["results"][0]["latency_ms"]["p50"] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"127.0.0.1_{server.port}.json", "here.json"]
    assert "does not answer" in printed.err


def test_a_wrong_key_is_no_question(server: Server, tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "user"], check=True)
    (tmp_path / "known_hosts").touch()
    config = tmp_path / "ssh_config"
    config.write_text(CONFIG.format(folder=tmp_path))
    complaint = refusal(main, capsys, tflite, "--board", server.board, "--ssh-config", config)
    assert "Permission denied" in complaint
    assert "ssh-copy-id" in complaint


LONG = ("--threads", 1, "--seconds", 300)


def test_a_lost_connection_is_told_and_the_board_cleans_up(
    server: Server, tflite: Path, tmp_path: Path
) -> None:
    words = (tflite, *LONG, "--board", server.board, *server.options, "--json", "--quiet")
    command = [sys.executable, "-m", "benchmarks.cli", *map(str, words)]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    name = until(server.left)[0]
    (script,) = until(partial(measuring, server))
    for session in sessions(server):
        os.kill(session, signal.SIGKILL)
    printed, _ = bench.communicate(timeout=60)
    assert bench.returncode == 2
    error = json.loads(printed)["error"]
    assert "connection was lost" in error["message"]
    until(lambda: name not in server.left())
    until(partial(gone, script))


def test_whoever_stops_the_command_stops_the_board_too(server: Server, tflite: Path) -> None:
    words = (tflite, *LONG, "--board", server.board, *server.options, "--json")
    command = [sys.executable, "-m", "benchmarks.cli", *map(str, words)]
    for ending, code in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        (script,) = until(partial(measuring, server))
        bench.send_signal(ending)
        _, complaint = bench.communicate(timeout=60)
        assert bench.returncode == code
        assert "Traceback" not in complaint
        until(lambda: not server.left())
        until(partial(gone, script))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssh://pi@raspberrypi", Address("raspberrypi", "pi")),
        ("ssh://raspberrypi.local/", Address("raspberrypi.local")),
        ("ssh://pi@10.0.0.7:2222", Address("10.0.0.7", "pi", 2222)),
        ("ssh://pi@[fe80::1]:22", Address("fe80::1", "pi", 22)),
    ],
)
def test_an_address(text: str, expected: Address) -> None:
    assert address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ssh://",
        "ssh://pi@",
        "ssh://pi:secret@host",
        "ssh://host:port",
        "ssh://host/folder",
        "ssh://-oProxyCommand=x",
        "ssh://-l@host",
        "ssh://a;b",
    ],
)
def test_no_address(text: str) -> None:
    with pytest.raises(UsageError):
        address(text)
