"""Files beside --out, each whole or not at all; other content is never replaced unasked."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from fastscnn.errors import OutputError


def refuse_overwriting(path: Path, data: bytes, *, force: bool) -> None:
    """Raises OutputError where something else stands there."""
    if force or not os.path.lexists(path):
        return
    try:
        same = path.is_file() and path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        raise OutputError(
            f"{path} exists and has other content.", "Add --force to replace it, or choose another --out."
        )


def deliver(path: Path, data: bytes, *, force: bool) -> str:
    """Write and rename into place; its sha256."""
    refuse_overwriting(path, data, force=force)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.", "Make room, or choose another --out."
        ) from None
    return hashlib.sha256(data).hexdigest()
