"""Golden cases as zip files: equal content is equal bytes on every machine with the same zlib."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fastscnn.graph.graph import Array

MIDNIGHT = (1980, 1, 1, 0, 0, 0)
UNIX = 3
FACTS = "case.json"
Entries = dict[str, bytes]


def entries(facts: Mapping[str, Any], **content: bytes | Array) -> Entries:
    """A case: what is known of it as JSON, and its numbers as they lie in memory, little-endian."""
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    return {FACTS: text.encode(), **{name: _bytes(value) for name, value in content.items()}}


def _bytes(value: bytes | Array) -> bytes:
    if isinstance(value, bytes):
        return value
    return np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False).tobytes()


def packed(case: Entries) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in case.items():
            entry = zipfile.ZipInfo(name, MIDNIGHT)
            entry.create_system = UNIX
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return file.getvalue()


def unpacked(path: Path) -> Entries:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
