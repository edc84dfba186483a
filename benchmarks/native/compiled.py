"""The C of this folder, compiled here and callable from Python."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastscnn.errors import MissingPackageError

Array = np.ndarray
SOURCE = """#define FASTSCNN_LABELS_API
#include "fastscnn_labels.h"
#include "usual_steps.h"
"""
OPTIONS = ("-std=c99", "-O3")
"""How an application's own compiler would be called: for any CPU of this kind, not for this one."""
ALIGN_CORNERS, CHANNELS_LAST, PLANAR = 1, 2, 4
"""The flags of fastscnn_labels.h."""
FUNCTIONS = {"float32": "f32", "int8": "i8", "uint8": "u8"}


def compiler() -> str | None:
    """The C compiler of this machine."""
    return next(
        (name for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and shutil.which(name)), None
    )


def build(folder: Path, options: Sequence[str] = OPTIONS) -> Path:
    """The shared library of this folder's C, in another folder."""
    name = compiler()
    if name is None:
        raise MissingPackageError("A C compiler is needed, and there is none.", "apt-get install gcc")
    source, library = folder / "native.c", folder / "native.so"
    source.write_text(SOURCE)
    words = [*options, "-shared", "-fPIC", f"-I{Path(__file__).parent}", str(source), "-o", str(library)]
    subprocess.run([name, *words], check=True, capture_output=True, text=True)
    return library


class Native:
    """The header's functions and the usual steps; compiled, or from a library that `build` made."""

    def __init__(self, options: Sequence[str] = OPTIONS, *, library: Path | None = None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self._library = ctypes.CDLL(str(library or build(Path(folder), options)))

    def labels(
        self, logits: Array, size: tuple[int, int], flags: int = 0, *, scale: float = 1.0, zero_point: int = 0
    ) -> Array:
        """Full-size labels of height x width x classes logits (classes first with PLANAR), uint8."""
        logits = np.ascontiguousarray(logits)
        if flags & PLANAR:
            classes, height, width = logits.shape
        else:
            height, width, classes = logits.shape
        found = np.empty(size, np.uint8)
        numbers: list[Any] = []
        if logits.dtype != np.float32:
            numbers = [ctypes.c_float(scale), zero_point]
        call = getattr(self._library, f"fastscnn_labels_{FUNCTIONS[logits.dtype.name]}")
        code = call(_at(logits), *numbers, height, width, classes, _at(found), *size, flags)
        if code:
            raise ValueError(f"fastscnn_labels refuses {logits.shape} to {size}: {code}")
        return found

    def normalise(self, frame: Array, mean: Array, std: Array, *, planar: bool) -> Array:
        """R G B A bytes as the float tensor of a network, without a batch."""
        height, width, _ = frame.shape
        tensor = np.empty((3, height, width) if planar else (height, width, 3), np.float32)
        self._library.usual_normalise(
            _at(frame), _at(tensor), ctypes.c_size_t(height * width), _at(mean), _at(std), int(planar)
        )
        return tensor

    def argmax(self, logits: Array, *, planar: bool) -> Array:
        """The class of each pixel, uint8."""
        classes = logits.shape[0] if planar else logits.shape[2]
        size = logits.shape[1:] if planar else logits.shape[:2]
        found = np.empty(size, np.uint8)
        self._library.usual_argmax(_at(logits), _at(found), ctypes.c_size_t(found.size), classes, int(planar))
        return found


def _at(array: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
