"""When a score has fallen too far."""

from __future__ import annotations

import pytest

from fastscnn.data.limits import Limits, exceeded, lost
from fastscnn.data.scores import Score


def score(*rows: tuple[int, ...]) -> Score:
    """Of two classes; a row a true class: how many pixels were taken for which, the last for neither."""
    found = Score.empty(("sky", "road"))
    for true, row in enumerate(rows):
        found.confusion.counts[true] = row
    return found


RIGHT = score((90, 0, 0), (0, 10, 0))


def test_nothing_is_lost_by_the_same() -> None:
    assert lost(RIGHT, RIGHT) == (0.0, {"sky": 0.0, "road": 0.0})
    assert exceeded(RIGHT, RIGHT, Limits()) == []


def test_the_mean_and_each_class_have_limits_of_their_own() -> None:
    worse = score((90, 0, 0), (1, 9, 0))
    mean, classes = lost(RIGHT, worse)
    assert classes == pytest.approx({"sky": 1 - 90 / 91, "road": 0.1})
    assert mean == pytest.approx((1 - 90 / 91 + 0.1) / 2)
    assert [line.split()[0] for line in exceeded(RIGHT, worse, Limits())] == ["mIoU", "road,"]
    assert exceeded(RIGHT, worse, Limits(miou_loss=0.06, class_loss=0.11)) == []


def test_a_class_with_few_pixels_is_not_asked() -> None:
    worse = score((90, 0, 0), (1, 9, 0))
    assert exceeded(RIGHT, worse, Limits(miou_loss=0.06, class_share=0.2)) == []


def test_what_is_gained_is_no_complaint() -> None:
    assert exceeded(score((90, 0, 0), (5, 5, 0)), RIGHT, Limits()) == []


def test_a_class_without_a_figure_has_no_loss() -> None:
    absent = score((90, 0, 0), (0, 0, 0))
    assert lost(absent, absent) == (0.0, {"sky": 0.0})
    assert lost(score(), score()) == (None, {})
    assert exceeded(score(), score(), Limits()) == []
