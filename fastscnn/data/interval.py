"""How sure a difference of two networks' mean IoU is: the paired bootstrap over pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""One picture's confusion matrix of (true class, predicted class); the last class is no class."""
DRAWS = 2000
SHARE = 0.95


def of_difference(before: Sequence[Counts], after: Sequence[Counts], seed: int = 0) -> tuple[float, float]:
    """The interval that holds the middle 95 % of mIoU after minus mIoU before.

    Each draw takes as many pictures as there are, some of them more than once, the same for both.
    """
    if len(before) != len(after) or not before:
        raise ValueError(f"{len(before)} and {len(after)} pictures cannot be paired")
    rng = np.random.default_rng(seed)
    one, two = np.stack(before).astype(np.float64), np.stack(after).astype(np.float64)
    times = rng.multinomial(len(one), np.full(len(one), 1 / len(one)), DRAWS).astype(np.float64)
    differences = _miou(np.tensordot(times, two, 1)) - _miou(np.tensordot(times, one, 1))
    low, high = np.nanquantile(differences, ((1 - SHARE) / 2, (1 + SHARE) / 2))
    return float(low), float(high)


def _miou(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each confusion matrix, over the classes that it has a figure for."""
    hits = np.diagonal(counts, axis1=1, axis2=2)
    union = counts.sum(1) + counts.sum(2) - hits
    known = union[:, :-1] > 0
    shares = np.divide(hits[:, :-1], union[:, :-1], out=np.zeros(known.shape), where=known)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = shares.sum(1) / known.sum(1)
    return mean
