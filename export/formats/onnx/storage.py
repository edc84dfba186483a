"""The Graph's int8 numbers as a file stores them: as they are, or as uint8, which is 128 more."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import LEAST

BYTE, SIGNED = np.dtype(np.uint8), np.dtype(np.int8)


def shift(dtype: np.dtype) -> int:
    """What a number, or a zero point, is more in this type than in the Graph."""
    return -LEAST if dtype == BYTE else 0
