"""MIL's affine quantization against coremltools' own, and at the places where others differ."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from export.formats.coreml import toolbox
from export.formats.coreml.affine import constexpr_affine_dequantize, dequantize, quantize
from fastscnn.graph import integers
from fastscnn.graph.graph import Quant

# after the toolbox: imported alone it brings TensorFlow, which tflite-runtime cannot share a process with
theirs = import_module(f"{toolbox.coremltools.__name__}.optimize._utils")
dequantize_by_scale_and_zp = theirs.dequantize_by_scale_and_zp
quantize_by_scale_and_zp = theirs.quantize_by_scale_and_zp

VALUES = np.random.default_rng(0).normal(0, 40, (1, 3, 17, 19)).astype(np.float32)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("scale", [0.3, 1e-3, 1.0])
def test_quantize_is_coremltools(dtype: str, scale: float) -> None:
    zero_point = 128 if dtype == "uint8" else -7
    wanted = quantize_by_scale_and_zp(VALUES, np.float32(scale), np.dtype(dtype).type(zero_point), dtype)
    got = quantize(VALUES, float(np.float32(scale)), dtype, zero_point)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, wanted)


def test_quantize_along_an_axis_is_coremltools() -> None:
    scale, zero_point = np.array([0.1, 0.25, 3], np.float32), np.array([0, -128, 127], np.int8)
    wanted = [
        quantize_by_scale_and_zp(VALUES[:, i], scale[i], zero_point[i], "int8")
        for i in range(VALUES.shape[1])
    ]
    np.testing.assert_array_equal(quantize(VALUES, scale, "int8", zero_point, 1), np.stack(wanted, axis=1))


def test_dequantize_is_coremltools() -> None:
    numbers = np.arange(-128, 128).astype(np.int8).reshape(1, 4, 8, 8)
    wanted = dequantize_by_scale_and_zp(numbers, np.float32(0.037), np.int8(-128))
    np.testing.assert_array_equal(dequantize(numbers, float(np.float32(0.037)), -128), wanted)


def test_dequantized_weights_are_coremltools() -> None:
    weight = np.random.default_rng(1).integers(-127, 128, (5, 4, 3, 3)).astype(np.int8)
    scale = np.random.default_rng(2).uniform(1e-3, 1, 5).astype(np.float32)
    wanted = dequantize_by_scale_and_zp(weight, scale, np.int8(0), 0)
    np.testing.assert_array_equal(constexpr_affine_dequantize(weight, 0, scale, 0), wanted)


def test_ties_go_to_the_even_step_before_the_zero_point_is_added() -> None:
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32)
    np.testing.assert_array_equal(quantize(halves, 1.0, "int8", 0), [-2, -2, 0, 0, 2, 2])
    np.testing.assert_array_equal(quantize(halves, 1.0, "int8", 1), [-1, -1, 1, 1, 3, 3])


def test_what_does_not_fit_is_clamped() -> None:
    far = np.array([-1e9, -np.inf, 1e9, np.inf], np.float32)
    np.testing.assert_array_equal(quantize(far, 0.5, "int8", 3), [-128, -128, 127, 127])
    np.testing.assert_array_equal(quantize(far, 0.5, "uint8", 3), [0, 0, 255, 255])


def test_both_are_the_oracles() -> None:
    quant = Quant(float(np.float32(0.0713)), 11)
    numbers = quantize(VALUES, quant.scale, "int8", quant.zero_point)
    np.testing.assert_array_equal(numbers, integers.quantize(VALUES, quant))
    np.testing.assert_array_equal(
        dequantize(numbers, quant.scale, quant.zero_point), integers.dequantize(numbers, quant)
    )


@pytest.mark.parametrize(("length", "axis"), [(2, 1), (3, None), (3, 2)])
def test_scales_that_do_not_fit_are_refused(length: int, axis: int | None) -> None:
    with pytest.raises(ValueError, match="does not fit its axis"):
        dequantize(VALUES.astype(np.int8), np.ones(length, np.float32), 0, axis)


def test_other_types_are_refused() -> None:
    with pytest.raises(ValueError, match="output_dtype is 'int4'"):
        quantize(VALUES, 1.0, "int4")
