"""Counts do not depend on the order of what is seen, nor on who saw it; ranges follow from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.ao.quantization import MinMaxObserver

from fastscnn.graph.graph import Quant
from quantize.observers import METHODS, RangeObserver, quant_of, range_of

floats = st.floats(-1e6, 1e6, width=32, allow_nan=False, allow_subnormal=False)
maps = st.lists(st.lists(floats, min_size=1, max_size=20), min_size=1, max_size=6)


def seen(*maps: Sequence[float] | torch.Tensor) -> RangeObserver:
    observer = RangeObserver()
    for values in maps:
        observer(torch.as_tensor(values, dtype=torch.float32))
    return observer


def assert_same(left: RangeObserver, right: RangeObserver) -> None:
    assert (left.low, left.high, left.exponent) == (right.low, right.high, right.exponent)
    np.testing.assert_array_equal(left.counts, right.counts)


@settings(deadline=None)
@given(maps, st.randoms())
def test_order_does_not_matter(given: list[list[float]], random: object) -> None:
    other = list(given)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert_same(seen(*given), seen(*other))


@settings(deadline=None)
@given(maps, maps)
def test_two_observers_make_one(left: list[list[float]], right: list[list[float]]) -> None:
    merged = seen(*left)
    merged.merge(seen(*right))
    assert_same(merged, seen(*left, *right))


@settings(deadline=None)
@given(maps)
def test_every_value_is_counted_and_the_extremes_are_exact(given: list[list[float]]) -> None:
    observer = seen(*given)
    values = np.concatenate([np.asarray(part, np.float32) for part in given])
    assert observer.counts.sum() == values.size
    assert observer.low == min(values.min(), 0)
    assert observer.high == max(values.max(), 0)


@pytest.mark.parametrize(("low", "high"), [(-1.5, 3.25), (0.0, 6.0), (-4.0, 0.0), (0.1, 0.7), (-1e-3, 900.0)])
def test_the_whole_range_is_quantized_as_torch_does_it(low: float, high: float) -> None:
    values = torch.linspace(low, high, 1001)
    theirs = MinMaxObserver(dtype=torch.quint8)
    theirs(values)
    scale, zero_point = theirs.calculate_qparams()
    assert quant_of(range_of(seen(values), "minmax")) == Quant(float(scale), int(zero_point) - 128)


@pytest.mark.parametrize("method", METHODS)
def test_zero_is_a_number_of_its_own(method: str) -> None:
    observer = seen(torch.linspace(2.0, 3.0, 500))
    low, high = range_of(observer, method)  # type: ignore[arg-type]
    assert low == 0
    assert 2.5 < high <= 3.0


def test_rare_outliers_are_left_outside() -> None:
    torch.manual_seed(0)
    values = torch.randn(200_000)
    values[0] = 1000.0
    observer = seen(values)
    assert range_of(observer, "minmax")[1] == 1000.0
    assert 3 < range_of(observer, "percentile")[1] < 6


def test_the_histogram_range_is_that_with_the_least_rounding_error() -> None:
    torch.manual_seed(0)
    values = torch.distributions.Laplace(0.0, 1.0).sample((100_000,)).float()
    observer = seen(values)

    def error(low: float, high: float) -> float:
        quant = quant_of((low, high))
        rounded = torch.fake_quantize_per_tensor_affine(values, quant.scale, quant.zero_point + 128, 0, 255)
        return float((rounded - values).square().mean())

    found = error(*range_of(observer, "histogram"))
    assert found < 0.9 * error(observer.low, observer.high)
    parts = np.linspace(0.2, 1.0, 17)
    assert found < 1.02 * min(
        error(low * observer.low, high * observer.high) for low in parts for high in parts
    )


def test_a_tensor_of_zeros_is_counted_too() -> None:
    observer = seen([0.0, 0.0], [-2.0, 1.0])
    assert observer.counts.sum() == 4
    assert (observer.low, observer.high) == (-2.0, 1.0)
