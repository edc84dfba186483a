"""Weights on int8, biases on the grid of their accumulators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscnn.graph.graph import Array, Quant
from fastscnn.graph.integers import HIGHEST_BIAS, bias_scales
from quantize.weights import (
    HIGHEST,
    HIGHEST_REDUCED,
    integer_bias,
    rounded,
    scale_floor,
    weight_scales,
)

sources = st.builds(Quant, st.floats(2**-20, 2**10, width=32), st.integers(-128, 127))
seeds = st.integers(0, 2**32 - 1)
THOROUGH = settings(max_examples=200, deadline=None)
UNIT = Quant(1.0, 0)


def drawn(seed: int, spread: float = 1.0) -> Array:
    """Weights of six channels whose sizes differ by up to a million; the last channel is dead."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(0, spread, (6, 3, 3, 3)) * 10.0 ** rng.uniform(-4, 2, (6, 1, 1, 1))
    weight[-1] = 0
    return weight.astype(np.float32)


@given(seed=seeds, source=sources, size=st.floats(-12, 12))
@THOROUGH
def test_every_bias_stays_where_float32_can_give_it_back(seed: int, source: Quant, size: float) -> None:
    """Also of a channel whose weights are all zero, whatever its bias."""
    bias = (np.random.default_rng(seed).normal(0, 1, 6) * 10**size).astype(np.float32)
    scales = weight_scales(drawn(seed), scale_floor(bias, source))
    numbers = integer_bias(bias, scales, source)
    assert numbers.dtype == np.int32
    assert np.abs(numbers).max() <= HIGHEST_BIAS
    units = bias_scales(scales, source)
    held = numbers.astype(np.float32) * units
    np.testing.assert_array_equal(np.rint(held.astype(np.float64) / units.astype(np.float64)), numbers)
    assert (np.abs(numbers * units.astype(np.float64) - bias) <= units * 0.5000001).all()


def test_a_dead_channel_with_a_large_bias_keeps_it_to_one_part_in_millions() -> None:
    bias = np.array([1e6, -1e6], np.float32)
    source = Quant(2.0**-6, 0)
    scales = weight_scales(np.zeros((2, 1, 1, 1), np.float32), scale_floor(bias, source))
    numbers = integer_bias(bias, scales, source)
    np.testing.assert_allclose(numbers * bias_scales(scales, source).astype(float), bias, rtol=2e-7)
    assert HIGHEST_BIAS - 3 < numbers[0] <= HIGHEST_BIAS


def test_a_bias_beyond_the_grid_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        integer_bias(np.array([HIGHEST_BIAS + 1.0]), np.ones(1, np.float32), UNIT)


@given(seed=seeds, highest=st.sampled_from([HIGHEST, HIGHEST_REDUCED]))
@THOROUGH
def test_the_whole_range_is_used_and_nothing_beyond_it(seed: int, highest: int) -> None:
    weight = drawn(seed)
    scales = weight_scales(weight, np.full(6, 1e-30, np.float32), highest)
    numbers = rounded(weight, scales, highest)
    assert scales.dtype == np.float32
    assert numbers.dtype == np.int8
    assert np.abs(numbers.astype(int)).max(axis=(1, 2, 3)).tolist() == [highest] * 5 + [0]
    error = np.abs(numbers * scales[:, None, None, None].astype(float) - weight)
    assert (error <= scales[:, None, None, None] * 0.50001).all()


def test_seven_bits_keep_two_products_within_sixteen() -> None:
    """255 x 63 + 255 x 63 is what vpmaddubsw adds before it saturates."""
    assert 2 * 255 * HIGHEST_REDUCED < 2**15 <= 2 * 255 * (HIGHEST_REDUCED + 2)


def test_ties_go_to_even() -> None:
    weight = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32).reshape(1, 6, 1, 1)
    assert rounded(weight, np.ones(1, np.float32)).ravel().tolist() == [-2, -2, 0, 0, 2, 2]


def test_weights_beyond_their_scale_are_clipped_symmetrically() -> None:
    weight = np.array([-500.0, 500.0], np.float32).reshape(1, 2, 1, 1)
    assert rounded(weight, np.ones(1, np.float32)).ravel().tolist() == [-127, 127]


def test_a_floor_only_lifts_scales_that_are_below_it() -> None:
    weight = np.array([127.0, 1.27], np.float32).reshape(2, 1, 1, 1)
    assert weight_scales(weight, np.full(2, 0.5, np.float32)).tolist() == [1.0, 0.5]
