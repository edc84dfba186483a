"""A real sshd on loopback, with keys of its own, and what runs behind it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
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


def installed() -> bool:
    return SSHD is not None and shutil.which("ssh") is not None


@contextmanager
def serving() -> Iterator[Server]:
    """A server that ends with the block; nobody but its own key gets in."""
    assert SSHD is not None
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


def measuring(server: Server) -> list[int]:
    """The process of latency.py on the board, not those that it started."""
    python, folder = os.fsencode(sys.executable), f"{server.folder}/tmp/"
    found = [pid for pid in processes() if _program(pid) == python and _folder(pid).startswith(folder)]
    return [pid for pid in found if _parent(pid) not in found]


def sessions(server: Server) -> list[int]:
    """The server's processes for single connections."""
    own = server.process.pid
    return [pid for pid in processes() if own in (_parent(pid), _parent(_parent(pid)))]


def gone(pid: int) -> bool:
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
