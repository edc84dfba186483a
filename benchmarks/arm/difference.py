"""How far two machines' outputs are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Difference:
    integers: bool
    share: float
    """Of the values that are not equal."""
    largest: float
    """In steps for integers; in float as a share of the reference's range."""

    @property
    def identical(self) -> bool:
        return self.share == 0.0

    def __str__(self) -> str:
        if self.identical:
            return "identical"
        if self.integers:
            return f"{self.share:.2%} differ, by {self.largest:.0f} at most"
        return f"{self.largest:.1e} of the range"


def difference(ours: Array, reference: Array) -> Difference:
    if ours.dtype != reference.dtype or ours.shape != reference.shape:
        raise ValueError(f"{ours.dtype}{ours.shape} is compared with {reference.dtype}{reference.shape}")
    wide, other = ours.astype(np.float64), reference.astype(np.float64)
    distances = np.abs(wide - other)
    integers = bool(np.issubdtype(ours.dtype, np.integer))
    scale = 1.0 if integers else float(np.ptp(other))
    return Difference(integers, float(np.mean(ours != reference)), float(distances.max()) / (scale or 1.0))
