"""Memory and disk, against what an export takes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from export.doctor.finding import Finding

CHECK = "space"
MEGABYTE = 1e6
MEMORY = 2e9
"""An export of all formats at 512x1024, with room to spare: docs/doctor.md has what it took."""
DISK = 1e8
"""All formats and precisions of one network, beside each other, twice."""


def findings() -> Iterator[Finding]:
    yield _memory(available_memory())
    for what, folder in (("this folder", Path.cwd()), ("temporary folder", Path(tempfile.gettempdir()))):
        yield _disk(what, folder)


def _memory(free: float | None) -> Finding:
    if free is None:
        return Finding(CHECK, "memory", "note", "this system does not say how much is free.")
    said = f"{free / MEGABYTE:.0f} MB free"
    if free < MEMORY:
        message = f"{said}; an export takes up to {MEMORY / MEGABYTE:.0f} MB at 512x1024."
        return Finding(
            CHECK, "memory", "warning", message, "close other programs, or export at a smaller --size"
        )
    return Finding(CHECK, "memory", "ok", said)


def _disk(what: str, folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        return Finding(
            CHECK, what, "warning", f"cannot be looked at: {error.strerror}", "choose another --out"
        )
    if not writable:
        return Finding(CHECK, what, "warning", "cannot be written to.", "give --out DIR, or set TMPDIR")
    said = f"{free / MEGABYTE:.0f} MB free"
    if free < DISK:
        return Finding(CHECK, what, "warning", f"{said}.", "free some space, give --out DIR, or set TMPDIR")
    return Finding(CHECK, what, "ok", said)


def available_memory() -> float | None:
    """Bytes that a new process can have, a container's limit heeded; None where the system does not say."""
    found = [free for free in (_linux(), _container()) if free is not None]
    return min(found) if found else _others()


def _linux() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _container() -> float | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = int((folder / "memory.max").read_text())
        return float(limit - int((folder / "memory.current").read_text()))
    except (OSError, ValueError):
        return None


def _others() -> float | None:
    """All that there is: macOS does not say what is free."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None
