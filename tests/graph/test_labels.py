"""Full-size labels from coarse logits are those of torch's interpolation, except for ties of floats."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from fastscnn.graph import kernels, labels
from fastscnn.graph.graph import Array, Pair

TIE = 1e-6
"""Of the greatest logit: closer than that, float32's own rounding decides which class is greater."""


def smooth(seed: int, size: Pair, classes: int) -> Array:
    """Logits like a network's: regions, with borders between them, and a little noise."""
    random = np.random.default_rng(seed)
    coarse = random.standard_normal((max(2, size[0] // 6), max(2, size[1] // 6), classes))
    noise = 0.05 * random.standard_normal((*size, classes))
    return (kernels.resize(coarse, size, True) + noise).astype(np.float32)


def noise(seed: int, size: Pair, classes: int) -> Array:
    return np.random.default_rng(seed).standard_normal((*size, classes)).astype(np.float32)


def by_torch(logits: Array, size: Pair, align_corners: bool) -> Array:
    batch = torch.from_numpy(logits).permute(2, 0, 1)[None].contiguous()
    large = functional.interpolate(batch, size=size, mode="bilinear", align_corners=align_corners)
    return large[0].argmax(0).numpy()


def differing(logits: Array, size: Pair, align_corners: bool) -> tuple[int, int]:
    """How many pixels differ from torch's; how many of these are no ties."""
    found = labels.from_logits(logits, size, align_corners)
    expected = by_torch(logits.astype(np.float32), size, align_corners)
    exact = kernels.resize(logits.astype(np.float64), size, align_corners)
    row, column = np.nonzero(found != expected)
    margin = exact[row, column, expected[row, column]] - exact[row, column, found[row, column]]
    return len(row), int((np.abs(margin) > TIE * np.abs(logits).max()).sum())


SIZES = [
    ((45, 60), (360, 480)),
    ((64, 128), (512, 1024)),
    ((65, 97), (513, 769)),
    ((13, 17), (97, 131)),
    ((12, 16), (97, 131)),
]


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(("small", "large"), SIZES)
def test_no_pixel_differs_from_torch(small: Pair, large: Pair, align_corners: bool) -> None:
    for seed in range(3):
        count, wrong = differing(smooth(seed, small, 19), large, align_corners)
        assert wrong == 0
        assert count <= 2, "ties are rare where logits are a network's"


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    small=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    large=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    classes=st.integers(1, 9),
    align_corners=st.booleans(),
)
def test_any_logits_to_any_size(
    seed: int, small: Pair, large: Pair, classes: int, align_corners: bool
) -> None:
    assert differing(noise(seed, small, classes), large, align_corners)[1] == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), align_corners=st.booleans())
def test_int8_logits_whose_ties_are_many(seed: int, align_corners: bool) -> None:
    logits = np.random.default_rng(seed).integers(-3, 4, (9, 11, 5), np.int8)
    assert differing(logits, (72, 88), align_corners)[1] == 0


def test_of_equal_classes_the_first_wins() -> None:
    logits = np.zeros((4, 4, 3), np.float32)
    logits[:, 2:, 1:] = 1
    found = labels.from_logits(logits, (32, 32), False)
    assert set(np.unique(found)) == {0, 1}
    assert (found == by_torch(logits, (32, 32), False)).all()


def test_a_class_that_wins_no_corner_can_win_between_them() -> None:
    logits = np.array([[[10.0, 0.0, 6.0], [0.0, 10.0, 6.0]]], np.float32)
    assert labels.from_logits(logits, (1, 9), True)[0].tolist() == [0, 0, 0, 0, 2, 1, 1, 1, 1]


def test_logits_of_the_size_itself_are_not_resized() -> None:
    logits = noise(5, (6, 7), 4)
    assert (labels.from_logits(logits, (6, 7), True) == logits.argmax(2)).all()


def test_memory_stays_far_below_the_large_logits() -> None:
    import tracemalloc

    logits = smooth(1, (64, 128), 19)
    tracemalloc.start()
    labels.from_logits(logits, (1024, 2048), True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * 1024 * 2048 * 19 * 4


@pytest.mark.parametrize("align_corners", [True, False])
def test_nearest_labels_are_those_of_the_heaviest_corner(align_corners: bool) -> None:
    coarse = np.arange(5 * 7, dtype=np.int32).reshape(5, 7)
    found = labels.nearest(coarse, (40, 56), align_corners)
    place = np.moveaxis(np.mgrid[:5, :7], 0, 2).astype(np.float64)
    expected = kernels.resize(place, (40, 56), align_corners)
    apart = np.abs(np.stack([found // 7, found % 7], axis=2) - expected)
    assert apart.max() <= 0.5 + 1e-6
