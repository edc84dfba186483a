"""Core ML's weight file: a header, then for each constant 64 bytes that say what it is and where.

file      uint32 number of constants, uint32 version 2, 56 bytes of nothing
constant  uint32 0xDEADBEEF, uint32 type, uint64 bytes, uint64 offset of the bytes, ... to 64 bytes
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from export.formats.coreml.package import bytes_of, refused
from fastscnn.graph.graph import Array

VERSION = 2
SENTINEL = 0xDEADBEEF
HEADER = struct.Struct("<II")
ENTRY = struct.Struct("<IIQQ")
TYPES = {1: "float16", 2: "float32", 3: "uint8", 4: "int8"}
"""The file's numbers for types, as far as our programs store them."""


class WeightFile:
    """Constants by the offset of their entry."""

    def __init__(self, package: Path, path: Path) -> None:
        self.package = package
        self.content = bytes_of(package, path)
        if len(self.content) < 64 or HEADER.unpack_from(self.content)[1] != VERSION:
            raise refused(package, "its weight file is not one")

    def constant(self, offset: int, dtype: str, shape: tuple[int, ...]) -> Array:
        if not 0 <= offset <= len(self.content) - ENTRY.size:
            raise refused(self.package, "its weight file is cut: a constant lies beyond its end")
        sentinel, kind, size, start = ENTRY.unpack_from(self.content, offset)
        if sentinel != SENTINEL:
            raise refused(self.package, f"its weight file has no constant at {offset}")
        if start + size > len(self.content):
            raise refused(self.package, "its weight file is cut: a constant lies beyond its end")
        count = 1
        for side in shape:
            count *= side
        if TYPES.get(kind) != dtype or size != count * np.dtype(dtype).itemsize:
            raise refused(
                self.package, f"the constant at {offset} of its weight file is not {dtype} {list(shape)}"
            )
        return np.frombuffer(self.content, dtype, count, start).reshape(shape)
