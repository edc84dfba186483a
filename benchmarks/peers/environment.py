"""A virtual environment a peer, made once from its pinned requirements."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import watched
from fastscnn.errors import InputError

REQUIREMENTS = Path(__file__).parent / "requirements"
LIMIT = 3600.0
"""Seconds for an installation: some are gigabytes."""
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input")


class InstallError(InputError):
    """A peer's packages cannot be installed here."""

    kind = "environment"


def python(name: str, folder: Path, say: Callable[[str], None], clone: str = "") -> Path:
    """The interpreter of the environment `name`; InstallError, in pip's words, where it cannot be made.

    `clone` is the variable that names a clone of the peer's repository, which is installed too.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    if not requirements.exists():
        raise InstallError(f"there is no {requirements.name} among the requirements")
    source = os.environ.get(clone) if clone else None
    if clone and not source:
        raise InstallError(f"it is on no package index; {clone}=FOLDER names a clone of its repository")
    place = folder / name
    executable, stamp = place / "bin" / "python", place / "installed.txt"
    made_for = [f"# Python {sys.version.split()[0]}\n", *([f"# {source}\n"] if source else [])]
    wanted = "".join([*made_for, requirements.read_text()])
    if stamp.exists() and stamp.read_text() == wanted:
        return executable
    say(f"environment {name}: installing")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [str(executable), *PIP, "--requirement", str(requirements), *([source] if source else [])],
    ):
        ended = watched.run(command, log, LIMIT)
        if ended.code != 0:
            raise InstallError(_complaint(ended))
    stamp.write_text(wanted)
    return executable


def _complaint(ended: watched.Ended) -> str:
    """pip says what is wrong in lines of its own, seldom in the last."""
    lines = ended.log.read_text(errors="replace").splitlines()
    errors = [line.removeprefix("ERROR: ").strip() for line in lines if line.startswith("ERROR: ")]
    return errors[-1] if errors and ended.in_time else ended.complaint()
