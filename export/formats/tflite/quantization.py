"""What a tensor's integers stand for, as the format has it: one scale, or one a channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastscnn.graph.graph import LEAST, Array, Quant


@dataclass(frozen=True, eq=False)
class Quantization:
    """Value = (number - zero point) * scale, along one dimension where there are several."""

    scales: Array
    """float32."""
    zero_points: Array
    """int64, as many."""
    dimension: int = 0

    @classmethod
    def of_tensor(cls, quant: Quant) -> Quantization:
        """Of int8 numbers, all in one scale."""
        return cls(np.array([quant.scale], np.float32), np.array([quant.zero_point], np.int64))

    @classmethod
    def of_bytes(cls, quant: Quant) -> Quantization:
        """The same values as uint8 numbers, 128 more."""
        return cls(np.array([quant.scale], np.float32), np.array([quant.zero_point - LEAST], np.int64))

    @classmethod
    def of_channels(cls, scales: Array, dimension: int = 0) -> Quantization:
        """Symmetric, a scale a channel."""
        return cls(scales.astype(np.float32), np.zeros(len(scales), np.int64), dimension)

    def same(self, other: Quantization | None) -> bool:
        """Bit for bit; along which dimension says nothing where all is one scale."""
        return (
            other is not None
            and np.array_equal(self.scales, other.scales)
            and np.array_equal(self.zero_points, other.zero_points)
            and (len(self.scales) == 1 or self.dimension == other.dimension)
        )

    def quant(self, dtype: str) -> Quant:
        """As the Graph has it, of a tensor in one scale; ValueError where that is not so."""
        if len(self.scales) != 1:
            raise ValueError(f"{len(self.scales)} scales")
        zero_point = int(self.zero_points[0])
        return Quant(float(self.scales[0]), zero_point + LEAST if dtype == "uint8" else zero_point)
