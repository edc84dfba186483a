"""A board behind ssh: a real sshd on loopback, with keys of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.cli import main
from benchmarks.ssh import Address, address
from fastscnn.errors import UsageError
from tests.export.commands import Capture, answered, refusal

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SHORT = ("--threads", 1, "--seconds", 0.2)
CONFIG = """IdentityFile {folder}/user
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
StrictHostKeyChecking accept-new
"""
SERVER = """ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PermitRootLogin yes
SetEnv TMPDIR={folder}/tmp
"""


@dataclass(frozen=True)
class Server:
    """A running sshd, and the folder that its shells use as TMPDIR."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def board(self) -> str:
        return f"ssh://127.0.0.1:{self.port}"

    @property
    def options(self) -> tuple[object, ...]:
        return ("--ssh-config", self.folder / "ssh_config", "--board-python", sys.executable)

    def left(self) -> list[str]:
        """What measurements left in the board's temporary folder."""
        return sorted(path.name for path in (self.folder / "tmp").iterdir())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("Debian's openssh-server and openssh-client are not installed")
    if os.getuid() == 0:
        # where root's sshd keeps its unprivileged half
        Path("/run/sshd").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sshd") as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (folder / "ssh_config").write_text(CONFIG.format(folder=folder))
        (folder / "sshd_config").write_text(SERVER.format(folder=folder, port=port))
        process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert process.stderr is not None
        assert b"listening" in process.stderr.readline()
        Thread(target=process.stderr.read, daemon=True).start()
        yield Server(folder, port, process)
        process.terminate()
        process.wait(10)


def until(happened: Callable[[], Any]) -> Any:
    """What it gives, once that is something."""
    for _ in range(600):
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


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
    (measuring,) = until(lambda: _measuring(server))
    for session in _sessions(server):
        os.kill(session, signal.SIGKILL)
    printed, _ = bench.communicate(timeout=60)
    assert bench.returncode == 2
    error = json.loads(printed)["error"]
    assert "connection was lost" in error["message"]
    until(lambda: name not in server.left())
    until(partial(_gone, measuring))


def test_whoever_stops_the_command_stops_the_board_too(server: Server, tflite: Path) -> None:
    words = (tflite, *LONG, "--board", server.board, *server.options, "--json")
    command = [sys.executable, "-m", "benchmarks.cli", *map(str, words)]
    for ending, code in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        (measuring,) = until(lambda: _measuring(server))
        bench.send_signal(ending)
        _, complaint = bench.communicate(timeout=60)
        assert bench.returncode == code
        assert "Traceback" not in complaint
        until(lambda: not server.left())
        until(partial(_gone, measuring))


def _measuring(server: Server) -> list[int]:
    """The process of latency.py on the board, not those that it started."""
    python, folder = os.fsencode(sys.executable), f"{server.folder}/tmp/"
    found = [pid for pid in processes() if _program(pid) == python and _folder(pid).startswith(folder)]
    return [pid for pid in found if _parent(pid) not in found]


def _sessions(server: Server) -> list[int]:
    """The server's processes for single connections."""
    own = server.process.pid
    return [pid for pid in processes() if own in (_parent(pid), _parent(_parent(pid)))]


def _gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def _folder(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def _program(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]
    except OSError:
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


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
