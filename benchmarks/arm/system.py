"""One architecture's files: Debian's packages in `root`, the runtimes' wheels in `site`."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arm import debian
from benchmarks.arm.architectures import PYTHON, SUITE, Architecture
from fastscnn.errors import BoardError


@dataclass(frozen=True)
class System:
    architecture: Architecture
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def library_path(self) -> str:
        """Where its programs' libraries lie, for its own loader."""
        folders = (self.root / part / self.architecture.libraries for part in ("lib", "usr/lib"))
        return ":".join(map(str, folders))


def system_of(architecture: Architecture, folder: Path, say: Callable[[str], None]) -> System:
    """From the folder, or fetched into it first; of several processes that ask, one fetches."""
    system = System(architecture, folder / architecture.name)
    ready = system.folder / "ready"
    recipe = hashlib.sha256(repr((SUITE, PYTHON, architecture)).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f"{architecture.name}.lock"):
        if ready.exists() and ready.read_text() == recipe:
            return system
        shutil.rmtree(system.folder, ignore_errors=True)
        system.folder.mkdir()
        say(f"fetching Debian's packages for {architecture.name}")
        debian.unpack(architecture.packages, architecture.name, SUITE, system.root)
        say(f"fetching {', '.join(architecture.runtimes)} for {architecture.name}")
        _install_wheels(architecture, system.site)
        ready.write_text(recipe)
    return system


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_wheels(architecture: Architecture, folder: Path) -> None:
    platforms = [word for platform in architecture.wheels for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # other wheels are not needed: the runtimes' interpreters import numpy alone, which is Debian's
    command += ["--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON]
    ended = subprocess.run(
        [*command, *platforms, "--target", str(folder), *architecture.runtimes],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or ["no word"]
        raise BoardError(
            f"pip could not fetch {', '.join(architecture.runtimes)} for {architecture.name}: {said[-1]}",
            "Is PyPI reached from here?",
        )
