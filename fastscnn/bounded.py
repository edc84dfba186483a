"""Files from anywhere, read only if they are files, and only so much of them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

NETWORK = 256 << 20
"""Bytes of any file that holds a network: ours have a few million, with an optimizer's state some more."""
DOCUMENT = 16 << 20
"""Bytes of any JSON document."""


def read(path: Path, largest: int) -> bytes:
    """A regular file's bytes; OSError where it is a pipe, a device or a folder, or larger than `largest`."""
    # a pipe that nobody writes to would be waited for
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    # what the descriptor is cannot change any more; what grows while it is read is not followed
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_size(os.fstat(descriptor), path, largest))


def require(path: Path, largest: int) -> None:
    """The same refusals for a file that a library opens by its path."""
    _size(path.stat(), path, largest)


def _size(status: os.stat_result, path: Path, largest: int) -> int:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if status.st_size > largest:
        raise OSError(errno.EFBIG, f"it has more than {largest >> 20} MiB", str(path))
    return status.st_size


def text(path: Path, largest: int) -> str:
    """The same as UTF-8; UnicodeDecodeError, which is a ValueError, where it is none."""
    return read(path, largest).decode("utf-8-sig")
