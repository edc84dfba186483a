"""Single files, replaced in one step: whoever looks sees the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock: there, what a killed run left is not told from a living one's
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"


def put(path: Path, content: bytes) -> None:
    """Write beside, flush, rename into place. OSError leaves what was there, and nothing beside it."""
    _clear(path)
    # a name that nobody could lay a link under, and that no other run writes to
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{SUFFIX}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            _lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _lock(descriptor: int) -> bool:
    """Held until the file is closed; False where another process holds it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear(path: Path) -> None:
    """Remove what killed runs left beside: parts of this file that nobody is writing any more."""
    length = len(path.name) + len(SUFFIX) + 10
    with contextlib.suppress(OSError):
        for left in path.parent.iterdir():
            name = left.name
            if name.startswith(f".{path.name}.") and name.endswith(SUFFIX) and len(name) == length:
                _remove(left)


def _remove(left: Path) -> None:
    with contextlib.suppress(OSError):
        if left.is_symlink():
            left.unlink()
            return
        descriptor = os.open(left, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            if fcntl is not None and _lock(descriptor):
                left.unlink()
        finally:
            os.close(descriptor)
