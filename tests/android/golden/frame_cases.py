"""Frames alone: every rotation and fit, at sizes that divide nothing, larger and smaller than the frame."""

from __future__ import annotations

from itertools import product
from typing import Any

from fastscnn.info import Preprocessing, Size
from tests.android.golden.archive import Entries, entries
from tests.android.golden.frames import Fit, photograph, placed, prepared

FRAME: Size = (61, 97)
"""Upright."""
SIZES: tuple[Size, ...] = ((17, 23), (48, 64), (20, 70), (83, 71), (61, 97), (1, 9))
FITS: tuple[Fit, ...] = ("letterbox", "crop", "squash")


def golden() -> Entries:
    """One photograph, upright as RGB, and what is to be seen of it at each size; Kotlin turns it itself."""
    preprocessing = Preprocessing()
    upright = photograph(1, FRAME)
    listed: list[dict[str, Any]] = []
    blobs: dict[str, Any] = {}
    for size, fit in product(SIZES, FITS):
        seen, filled = placed(FRAME, size, fit)
        name = f"{fit}_{size[0]}x{size[1]}"
        listed.append(
            {"name": name, "fit": fit, "size": list(size), "seen": list(seen), "filled": list(filled)}
        )
        blobs[name] = prepared(upright, size, fit, preprocessing)
    facts = {"frame": list(FRAME), "mean": list(preprocessing.mean), "cases": listed}
    return entries(facts, frame=upright, **blobs)
