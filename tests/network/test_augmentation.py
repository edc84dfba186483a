"""Crops show what they should, and change colours within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from fastscnn.data.masks import IGNORED
from fastscnn.info import Preprocessing
from fastscnn.network import augmentation
from fastscnn.network.augmentation import Window


def numbered(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.integers(0, 256, (height, width, 3), np.uint8),
        rng.integers(0, 5, (height, width), np.uint8),
    )


def test_a_window_of_the_crops_own_size_is_a_plain_part() -> None:
    pixels, mask = numbered(40, 60)
    looked, truth = augmentation.cut(pixels, mask, Window(5, 7, 20, 30), (20, 30))
    assert np.array_equal(looked, pixels[5:25, 7:37].astype(np.float32))
    assert np.array_equal(truth, mask[5:25, 7:37])


def test_pixels_and_mask_are_magnified_alike() -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 20:40] = 1
    pixels = np.repeat(mask[..., None] * 200, 3, axis=2).astype(np.uint8)
    looked, truth = augmentation.cut(pixels, mask, Window(3, 9, 30, 40), (60, 80))
    disagree = (looked[..., 0] > 100) != (truth == 1)
    assert disagree.mean() < 0.02
    assert 0.2 < (truth == 1).mean() < 0.5


def test_past_the_border_nothing_counts() -> None:
    pixels, mask = numbered(20, 30)
    looked, truth = augmentation.cut(pixels, mask, Window(-5, -10, 30, 50), (30, 50))
    assert np.array_equal(truth[5:25, 10:40], mask)
    assert (np.delete(truth, np.s_[5:25], axis=0) == IGNORED).all()
    scaled = augmentation.normalised(looked, Preprocessing())
    assert (scaled[:5] == 0).all()
    assert np.isfinite(scaled).all()


@pytest.mark.parametrize("scales", [(0.5, 0.5), (1.0, 1.0), (2.0, 2.0)])
def test_a_focus_lies_inside_its_window(scales: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        focus = (int(rng.integers(100)), int(rng.integers(150)))
        window = augmentation.drawn_window(rng, (100, 150), (48, 64), scales, focus)
        assert window.top <= focus[0] <= window.top + window.height
        assert window.left <= focus[1] <= window.left + window.width
        assert window.height == pytest.approx(48 / scales[0])


def test_a_window_that_fits_stays_in_the_picture() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        window = augmentation.drawn_window(rng, (100, 150), (48, 64), (0.8, 1.6), None)
        assert window.top >= 0
        assert window.left >= 0
        assert window.top + window.height <= 100 + 1e-9
        assert window.left + window.width <= 150 + 1e-9


def test_no_strength_leaves_the_light_as_it_was() -> None:
    pixels = numbered(8, 9)[0].astype(np.float32)
    assert np.allclose(augmentation.lit(np.random.default_rng(0), pixels, 0.0), pixels, atol=1e-3)


def test_light_changes_and_stays_in_range() -> None:
    pixels = numbered(8, 9)[0].astype(np.float32)
    rng = np.random.default_rng(0)
    changed = [augmentation.lit(rng, pixels, 0.5) for _ in range(20)]
    assert all(c.min() >= 0 and c.max() <= 255 for c in changed)
    assert np.std([c.mean() for c in changed]) > 5


def test_normalised_in_the_networks_own_order() -> None:
    pixels = np.array([[[10.0, 20.0, 30.0]]], np.float32)
    bgr = Preprocessing(order="bgr", mean=(1.0, 2.0, 3.0), std=(1.0, 2.0, 4.0))
    assert augmentation.normalised(pixels, bgr)[0, 0].tolist() == [29.0, 9.0, 1.75]


def test_a_focus_is_a_pixel_of_its_class() -> None:
    mask = np.zeros((5, 7), np.uint8)
    mask[2, 3] = mask[4, 6] = 3
    rng = np.random.default_rng(0)
    assert {augmentation.focus_on(rng, mask, 3) for _ in range(50)} == {(2, 3), (4, 6)}
    assert augmentation.focus_on(rng, mask, 2) is None
