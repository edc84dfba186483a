"""Scores over a data set: what counts, which pictures, and the figures that others give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torchmetrics.classification import MulticlassJaccardIndex

from fastscnn.data.datasets import Picture, Sample
from fastscnn.data.scores import Score, chosen
from fastscnn.errors import DataError


def test_a_class_that_the_data_set_has_no_name_for_is_a_miss() -> None:
    score = Score.empty(("a", "b"))
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    picture = Picture(Sample(Path("p"), Path("m")), np.zeros((1, 4, 3), np.uint8), truth)
    score.add(picture, np.array([[0, 2, 1, 1]]))
    assert score.per_class() == {"a": 0.5, "b": 1.0}
    assert score.miou() == 0.75


def test_the_worst_come_first_and_are_few() -> None:
    score = Score.empty(("a", "b"))
    truth = np.zeros((1, 10), np.uint8)
    for wrong in (3, 9, 0, 5, 7, 1, 9):
        predicted = np.zeros((1, 10), int)
        predicted[:, :wrong] = 1
        name = Path(f"{score.images}-{wrong}.png")
        score.add(Picture(Sample(name, name), np.zeros((1, 10, 3), np.uint8), truth), predicted)
    worst = score.worst_first()
    assert [sample.image.name for _, sample in worst] == ["1-9.png", "6-9.png", "4-7.png", "3-5.png"]
    assert worst[0][0] == pytest.approx(0.1), "over the classes that the picture has"


def test_a_picture_without_a_mask_is_named() -> None:
    picture = Picture(Sample(Path("alone.png"), None), np.zeros((2, 2, 3), np.uint8), None)
    with pytest.raises(DataError, match=r"alone\.png has no mask"):
        Score.empty(("a",)).add(picture, np.zeros((2, 2), int))


def test_a_limit_takes_pictures_evenly() -> None:
    samples = [Sample(Path(str(number)), None) for number in range(10)]
    assert [sample.image.name for sample in chosen(samples, 4)] == ["0", "2", "5", "7"]
    assert chosen(samples, None) == chosen(samples, 10) == chosen(samples, 99) == samples


def test_the_figures_are_torchmetrics_to_the_last_digits() -> None:
    random = np.random.default_rng(3)
    score, metric = Score.empty(tuple("abcde")), MulticlassJaccardIndex(5, average="none", ignore_index=255)
    macro = MulticlassJaccardIndex(5, average="macro", ignore_index=255)
    for _ in range(4):
        truth = random.choice([0, 1, 2, 3, 255], (40, 30)).astype(np.uint8)
        predicted = random.integers(0, 4, (40, 30))
        score.add(Picture(Sample(Path("p"), None), np.zeros((40, 30, 3), np.uint8), truth), predicted)
        for one in (metric, macro):
            one.update(torch.from_numpy(predicted), torch.from_numpy(truth.astype(np.int64)))
    ious = score.per_class()
    assert ious.pop("e") is None
    assert list(ious.values()) == pytest.approx(metric.compute().tolist()[:4], abs=1e-6)
    assert score.miou() == pytest.approx(float(macro.compute()), abs=1e-6)
