"""Scores by hand, and as an independent implementation gives them."""

from __future__ import annotations

import numpy as np
import pytest

from fastscnn.data.datasets import IGNORED
from fastscnn.data.metrics import Confusion


def test_a_score_counted_by_hand() -> None:
    confusion = Confusion(3)
    truth = np.array([[0, 0, 0, 1], [1, 1, IGNORED, IGNORED]], np.uint8)
    predicted = np.array([[0, 0, 1, 1], [1, 0, 1, 2]], np.uint8)
    confusion.add(truth, predicted)
    assert confusion.counts.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert confusion.per_class() == [0.5, 0.5, None]
    assert confusion.miou() == 0.5
    assert confusion.pixel_accuracy() == pytest.approx(4 / 6)


def test_a_class_that_is_only_predicted_scores_zero() -> None:
    confusion = Confusion(2)
    confusion.add(np.array([0, 0]), np.array([0, 1]))
    assert confusion.per_class() == [0.5, 0.0]


def test_nothing_but_void_has_no_score() -> None:
    confusion = Confusion(2)
    confusion.add(np.full((2, 2), IGNORED), np.zeros((2, 2), np.uint8))
    assert confusion.miou() is None
    assert confusion.pixel_accuracy() is None


def test_pictures_of_any_size_add_up_to_one_matrix() -> None:
    rng = np.random.default_rng(0)
    parts, whole = Confusion(5), Confusion(5)
    truth, predicted = rng.integers(0, 5, (2, 1000))
    whole.add(truth, predicted)
    parts.add(truth[:600].reshape(20, 30), predicted[:600].reshape(20, 30))
    parts.add(truth[600:], predicted[600:])
    assert np.array_equal(parts.counts, whole.counts)


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="truth"):
        Confusion(2).add(np.zeros((2, 2)), np.zeros((2, 3)))


def test_json_names_the_classes() -> None:
    confusion = Confusion(2)
    confusion.add(np.array([0]), np.array([0]))
    assert confusion.as_json(("sky", "road")) == {"miou": 1.0, "per_class": {"sky": 1.0, "road": None}}


def test_equal_to_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    jaccard = pytest.importorskip("torchmetrics.functional").jaccard_index
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 7, (4, 30, 40))
    predicted = np.where(rng.random(truth.shape) < 0.6, truth, rng.integers(0, 7, truth.shape))
    truth[rng.random(truth.shape) < 0.1] = IGNORED
    confusion = Confusion(7)
    confusion.add(truth, predicted)
    theirs = jaccard(
        torch.tensor(predicted),
        torch.tensor(truth),
        "multiclass",
        num_classes=7,
        ignore_index=IGNORED,
        average="none",
    )
    assert confusion.per_class() == pytest.approx(theirs.tolist(), abs=1e-6)
