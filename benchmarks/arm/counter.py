"""Instructions that emulated inferences take, counted by a plugin of qemu (counter.c)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from fastscnn.errors import BoardError

SOURCE = Path(__file__).with_name("counter.c")


def built(folder: Path) -> Path:
    """The plugin, compiled here."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise BoardError(
            "Instructions cannot be counted: there is no C compiler for the counter.",
            "Install one: apt-get install gcc libc6-dev.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    plugin = folder / "counter.so"
    ended = subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", plugin, SOURCE],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise BoardError(f"{SOURCE.name} does not compile: {ended.stderr.strip()}")
    return plugin


def environment(plugin: Path, marks: Path) -> dict[str, str]:
    """For the emulator: count, and write the numbers there."""
    return {"QEMU_PLUGIN": f"{plugin},out={marks}"}


def between(marks: Path) -> list[int]:
    """The instructions from each odd mark to the next."""
    numbers = [int(line) for line in marks.read_text().split()]
    return [end - start for start, end in zip(numbers[::2], numbers[1::2], strict=True)]
