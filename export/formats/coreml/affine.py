"""MIL's affine quantization in numpy, as coremltools defines it: float32, ties to even, then clamped."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import Array

Scale = Array | float
Zero = Array | int
INTEGERS = ("int8", "uint8")


def quantize(
    input: Array, scale: Scale, output_dtype: str, zero_point: Zero = 0, axis: int | None = None
) -> Array:
    if output_dtype not in INTEGERS:
        raise ValueError(f"its output_dtype is {output_dtype!r}")
    limits = np.iinfo(output_dtype)
    steps: Array = input / _along(scale, input, axis)
    np.rint(steps, out=steps)
    steps += _along(zero_point, input, axis)
    np.clip(steps, np.float32(limits.min), np.float32(limits.max), out=steps)
    return steps.astype(output_dtype)


def dequantize(input: Array, scale: Scale, zero_point: Zero = 0, axis: int | None = None) -> Array:
    values: Array = input.astype(np.float32)
    values -= _along(zero_point, input, axis)
    values *= _along(scale, input, axis)
    return values


def constexpr_affine_dequantize(quantized_data: Array, zero_point: Zero, scale: Scale, axis: int) -> Array:
    return dequantize(quantized_data, scale, zero_point, axis)


def _along(value: Array | float, input: Array, axis: int | None) -> Array:
    """One number for all, or one for each cell of an axis, in float32."""
    numbers = np.asarray(value, np.float32)
    if numbers.ndim == 0:
        return numbers
    if axis is None or numbers.shape != (input.shape[axis],):
        raise ValueError("its scale or zero point does not fit its axis")
    shape = [1] * input.ndim
    shape[axis] = -1
    return numbers.reshape(shape)
