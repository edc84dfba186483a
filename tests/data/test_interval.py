"""The interval of a difference: none where there is none, wide where pictures disagree, never by luck."""

from __future__ import annotations

import numpy as np
import pytest

from fastscnn.data import interval
from fastscnn.data.metrics import Confusion


def pictures(rights: list[float]) -> list[np.ndarray]:
    """A confusion matrix a picture: two classes and none, this share of 1000 pixels right."""
    found = []
    for right in rights:
        hits = round(500 * right)
        found.append(np.array([[hits, 500 - hits, 0], [500 - hits, hits, 0], [0, 0, 0]]))
    return found


def test_equal_networks_differ_by_nothing() -> None:
    same = pictures([0.5, 0.9, 0.7])
    assert interval.of_difference(same, same) == (0.0, 0.0)


def test_a_difference_that_every_picture_shows_is_sure() -> None:
    before = [0.50 + 0.01 * number for number in range(20)]
    low, high = interval.of_difference(pictures(before), pictures([right + 0.1 for right in before]))
    assert 0.05 < low < high < 0.2


def test_a_difference_that_pictures_disagree_on_is_not() -> None:
    before = [0.6] * 20
    after = [0.6 + (0.2 if number % 2 else -0.2) for number in range(20)]
    low, high = interval.of_difference(pictures(before), pictures(after))
    assert low < -0.03
    assert high > 0.03


def test_it_holds_the_difference_of_the_scores_themselves() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, (30, 40, 40))
    sums = [Confusion(4), Confusion(4)]
    each: list[list[np.ndarray]] = [[], []]
    for wrong, total, parts in zip((0.3, 0.25), sums, each, strict=True):
        for picture in truth:
            guessed = np.where(rng.random(picture.shape) < wrong, rng.integers(0, 3, picture.shape), picture)
            one = Confusion(4)
            one.add(picture, guessed)
            parts.append(one.counts)
            total.counts += one.counts
    before, after = (
        float(np.mean([iou for iou in total.per_class()[:-1] if iou is not None])) for total in sums
    )
    low, high = interval.of_difference(each[0], each[1])
    assert low < after - before < high


def test_pictures_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="paired"):
        interval.of_difference(pictures([0.5]), pictures([0.5, 0.6]))
