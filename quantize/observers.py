"""What a tensor's values are like over all pictures, counted exactly in any order; the ranges that follow.

The width of a bin is a power of two and bins are aligned to zero: when a greater value comes, two bins become
one, and the counts are those that would be there if the width had been known from the start. So neither the
order of pictures nor the number of threads can change them.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from fastscnn.graph.graph import LEAST, MOST, Array, Quant
from quantize.torch_ao import ObserverBase

Method = Literal["minmax", "percentile", "histogram"]
METHODS: tuple[Method, ...] = get_args(Method)
Range = tuple[float, float]

BITS = 12
BINS = 2**BITS
"""On each side of zero."""
SMALLEST_EXPONENT = -100
OUTLIERS = 1e-4
"""The share of values that the percentile range leaves outside on each side."""
SHRINKS = np.linspace(1.0, 0.3, 71)
"""Parts of a side that the histogram range may be."""


class RangeObserver(ObserverBase):
    """Counts values; its quantization is that of the range it was told to take in the end."""

    def __init__(self) -> None:
        super().__init__(dtype=torch.quint8)
        self.qscheme = torch.per_tensor_affine
        self.quant_min, self.quant_max = 0, MOST - LEAST
        self.low, self.high = 0.0, 0.0
        self.exponent = SMALLEST_EXPONENT
        """Of a bin's width, a power of two."""
        self.counts: Array = np.zeros(2 * BINS, np.int64)
        self.range: Range | None = None

    def forward(self, x: Tensor) -> Tensor:
        values = x.detach().reshape(-1)
        low, high = (float(extreme) for extreme in torch.aminmax(values))
        self._widen(low, high)
        places = (values * 2.0**-self.exponent).floor_().add_(BINS).to(torch.int32)
        self.counts += torch.bincount(places, minlength=2 * BINS).numpy()
        return x

    def merge(self, other: RangeObserver) -> None:
        """Count what another has counted, too."""
        self._widen(other.low, other.high)
        np.add.at(self.counts, _places(self.exponent - other.exponent), other.counts)

    def _widen(self, low: float, high: float) -> None:
        """Bins that hold these extremes, too."""
        self.low, self.high = min(self.low, low), max(self.high, high)
        _, power = np.frexp(max(-self.low, self.high))
        exponent = max(int(power) - BITS, self.exponent)
        if exponent > self.exponent:
            counts = np.zeros_like(self.counts)
            np.add.at(counts, _places(exponent - self.exponent), self.counts)
            self.exponent, self.counts = exponent, counts

    def calculate_qparams(self) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        assert self.range is not None, "no range was chosen"
        quant = quant_of(self.range)
        zero_point = quant.zero_point - LEAST
        return torch.tensor([quant.scale], dtype=torch.float32), torch.tensor([zero_point], dtype=torch.int64)


def quant_of(range: Range) -> Quant:
    """256 steps from low to high, zero exactly one of them."""
    low, high = min(range[0], 0.0), max(range[1], 0.0)
    scale = np.float32((high - low) / (MOST - LEAST))
    return Quant(float(scale), int(np.rint(np.float32(-low) / scale).clip(0, MOST - LEAST)) + LEAST)


def range_of(observer: RangeObserver, method: Method) -> Range:
    """The range of what was counted, zero inside."""
    if method == "percentile":
        return _percentile(observer, OUTLIERS)
    if method == "histogram":
        return _least_error(observer)
    return observer.low, observer.high


def _percentile(observer: RangeObserver, outliers: float) -> Range:
    below = np.cumsum(observer.counts)
    left, right = np.searchsorted(below, (outliers * below[-1], (1 - outliers) * below[-1]))
    width = 2.0**observer.exponent
    return max(observer.low, min((left - BINS) * width, 0.0)), min(
        observer.high, max((right + 1 - BINS) * width, 0.0)
    )


def _least_error(observer: RangeObserver) -> Range:
    """Of the ranges that are a part of the whole one, that with the least mean squared rounding error."""
    used = np.flatnonzero(observer.counts)
    centres = (used - BINS + 0.5) * 2.0**observer.exponent
    weights = observer.counts[used].astype(np.float64)

    def error(range: Range) -> float:
        quant = quant_of(range)
        steps = np.rint(centres / quant.scale + quant.zero_point).clip(LEAST, MOST)
        return float(weights @ np.square((steps - quant.zero_point) * quant.scale - centres))

    low, high = observer.low, observer.high
    if low == 0 or high == 0:
        whole = low + high
        return min((_sided(float(part * whole)) for part in SHRINKS), key=error)
    # one side after the other, twice
    for _ in (1, 2):
        high = min((float(part * observer.high) for part in SHRINKS), key=lambda high: error((low, high)))
        low = min((float(part * observer.low) for part in SHRINKS), key=lambda low: error((low, high)))
    return low, high


def _sided(end: float) -> Range:
    return (end, 0.0) if end < 0 else (0.0, end)


def _places(coarser: int) -> Array:
    """Where each bin goes when bins become 2**coarser times as wide."""
    return (np.arange(-BINS, BINS) >> min(coarser, BITS + 1)) + BINS
