"""Whole or not at all: writing, renaming and locking files so that a kill at any moment leaves no part."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no flock: there, two exports into one folder are not kept apart
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".fastscnn-part"
AT_FDCWD = -100
LINUX_EXCHANGE = 2
MACOS_SWAP = 2


def write(path: Path, content: bytes) -> None:
    """Write and flush to the disk."""
    with path.open("xb") as file:
        _flushed(file, content)


def _flushed(file: IO[bytes], content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def replace_text(path: Path, content: str) -> None:
    """Replace a file's text in one step."""
    part = path.with_name(f".{path.name}{PARTIAL}")
    # what lies there may be a link to somebody's file
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        _flushed(file, content.encode())
    part.replace(path)


def put(source: Path, target: Path) -> None:
    """Rename a file or package over whatever stands at `target`, in one step where the system can."""
    occupied_by_folder = target.is_dir() and not target.is_symlink()
    if not os.path.lexists(target) or not (source.is_dir() or occupied_by_folder):
        source.replace(target)
        return
    if not _exchanged(source, target):
        old = source.with_name(f"{source.name}.old")
        target.rename(old)
        source.rename(target)
        source = old
    if source.is_dir() and not source.is_symlink():
        shutil.rmtree(source)
    else:
        source.unlink()


def _exchanged(source: Path, target: Path) -> bool:
    """Swap two paths atomically; False where the system has no such call."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(os.fsencode(source), os.fsencode(target), MACOS_SWAP) == 0)
        paths = (AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target))
        return bool(libc.renameat2(*paths, LINUX_EXCHANGE) == 0)
    except (OSError, AttributeError, TypeError):
        return False


def hold(folder: Path) -> int | None:
    """An exclusive lock on a folder until it is released or this process ends; None if another has it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
    return descriptor


def release(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one delivery into a folder at a time."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
