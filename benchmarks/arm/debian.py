"""Debian packages and all that they need, unpacked into a folder: nothing is installed, no root needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fastscnn.errors import BoardError

MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TOOLS = ("apt-get", "dpkg-deb")


def unpack(packages: Sequence[str], architecture: str, suite: str, folder: Path) -> None:
    """What apt finds and verifies with a configuration of its own, as if the machine were empty."""
    _check_tools()
    with tempfile.TemporaryDirectory(prefix="packages-") as place:
        apt = _Apt(Path(place), architecture, suite, "deb")
        apt.run("update")
        apt.run("install", "--yes", "--download-only", *packages)
        for package in sorted((Path(place) / "cache" / "archives").glob("*.deb")):
            _run(["dpkg-deb", "--extract", str(package), str(folder)])
    _choose_alternatives(folder)


def source(package: str, architecture: str, suite: str, folder: Path) -> None:
    """The archive that a package's authors released, verified and not unpacked."""
    _check_tools()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="packages-") as place:
        apt = _Apt(Path(place), architecture, suite, "deb-src")
        apt.run("update")
        apt.run("source", "--download-only", "--tar-only", package, into=folder)


def _check_tools() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise BoardError(
            f"Debian's packages cannot be fetched: there is no {' and no '.join(missing)} here.",
            "Run it on Debian, or in a container of it.",
        )
    if not KEYRING.exists():
        raise BoardError(
            f"Debian's packages cannot be verified: {KEYRING} is missing.",
            "Install the package debian-archive-keyring.",
        )


class _Apt:
    """apt-get on lists and caches of its own; only the machine's proxies are taken over."""

    def __init__(self, place: Path, architecture: str, suite: str, kind: str) -> None:
        for name in ("state/lists/partial", "cache/archives/partial", "empty"):
            (place / name).mkdir(parents=True)
        (place / "status").touch()
        mirror = os.environ.get("DEBIAN_MIRROR", MIRROR)
        (place / "sources.list").write_text(f"{kind} [signed-by={KEYRING}] {mirror} {suite} main\n")
        self._settings = {
            "Dir::State": place / "state",
            "Dir::State::status": place / "status",
            "Dir::Cache": place / "cache",
            "Dir::Etc::sourcelist": place / "sources.list",
            "Dir::Etc::sourceparts": place / "empty",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": place / "empty",
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "20",
        }

    def run(self, *arguments: str, into: Path | None = None) -> None:
        options = [word for name, value in self._settings.items() for word in ("-o", f"{name}={value}")]
        _run(["apt-get", "-qq", *options, *arguments], into)


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    ended = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        raise BoardError(
            f"{command[0]} failed with exit code {ended.returncode}: {said[-1] if said else 'no word'}",
            "Is deb.debian.org reached from here? DEBIAN_MIRROR names another.",
        )


def _choose_alternatives(folder: Path) -> None:
    """Links that packages would make when they are installed."""
    for name in ("blas", "lapack"):
        for library in (folder / "usr" / "lib").glob(f"*/{name}/lib{name}.so.3"):
            (library.parent.parent / library.name).symlink_to(Path(name) / library.name)
