"""Files beside --out, each whole or not at all; other content is never replaced unasked."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from fastscnn import bounded, whole
from fastscnn.errors import OutputError


def refuse_overwriting(path: Path, data: bytes, *, force: bool) -> None:
    """Raises OutputError where something else stands there."""
    if force or not os.path.lexists(path):
        return
    try:
        same = not path.is_symlink() and bounded.read(path, len(data)) == data
    except OSError:
        same = False
    if not same:
        raise OutputError(
            f"{path} exists and has other content.", "Add --force to replace it, or choose another --out."
        )


def deliver(path: Path, data: bytes, *, force: bool) -> str:
    """Write and rename into place; its sha256."""
    refuse_overwriting(path, data, force=force)
    try:
        whole.put(path, data)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.", "Make room, or choose another --out."
        ) from None
    return hashlib.sha256(data).hexdigest()
