"""The constants of an average over adaptive bins: they follow from the sizes alone."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import Array, Pair
from fastscnn.graph.shapes import windows


def members(size: Pair, bins: Pair) -> Array:
    """Row b holds 1 at the cells of bin b, elsewhere 0: int8."""
    rows, columns = (
        np.stack([_span(length, start, end) for start, end in windows(length, n)])
        for length, n in zip(size, bins, strict=True)
    )
    matrix: Array = np.kron(rows, columns)
    return matrix


def shares(matrix: Array) -> Array:
    """What each cell of a bin counts: 1 / area, float32."""
    result: Array = (1 / matrix.sum(axis=1, dtype=np.float64)).astype(np.float32)
    return result


def _span(length: int, start: int, end: int) -> Array:
    cells = np.arange(length)
    span: Array = ((cells >= start) & (cells < end)).astype(np.int8)
    return span
