"""Which epoch is kept: the best mean of those in which no class was traded away."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from fastscnn.console import Console
from fastscnn.info import ModelInfo
from quantize import qat, qat_data
from quantize.qat_data import Lessons
from quantize.qat_judge import Judge, Verdict
from tests.data import sets

SIZE = (64, 96)
CLASSES = ("sky", "road", "car")
COLORS = torch.tensor([[90.0, 140.0, 220.0], [90.0, 90.0, 90.0], [200.0, 40.0, 40.0]])


def nearest(without: int | None = None) -> nn.Module:
    """The class whose colour is nearest, as a linear network; one class can be left out."""
    layer = nn.Conv2d(3, 3, 1).requires_grad_(False)
    layer.weight.copy_(2 * COLORS[:, :, None, None])
    assert layer.bias is not None
    layer.bias.copy_(-COLORS.square().sum(1))
    if without is not None:
        layer.bias[without] = -1e9
    return layer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.lesson(tmp_path_factory.mktemp("lesson") / "lesson", train=4, val=2)


def lessons(data: Path, classes: tuple[str, ...] = CLASSES) -> Lessons:
    info = ModelInfo("fastscnn", classes, ((0, 0, 0),) * len(classes), align_corners=False)
    opened = qat_data.opened(data, info, Console(quiet=True))
    return Lessons(opened, info, qat.training_recipe(SIZE, 1, 1, 1e-3, 2), pixels=True)


def test_a_class_that_falls_below_the_float_network_is_named(data: Path) -> None:
    judge = Judge(lessons(data), nearest(), SIZE)
    assert judge.measure == "mIoU"
    alike, worse = (judge(network, lambda items, count: items) for network in (nearest(), nearest(without=2)))
    assert alike.value > 0.95
    assert alike.fallen == {}
    # what is no car any more is road, which loses, too
    assert worse.fallen["car"] == pytest.approx(alike.value, abs=0.05)
    assert worse.value < alike.value


def test_a_better_mean_does_not_make_up_for_a_class() -> None:
    assert Verdict(0.60).rank > Verdict(0.70, {"car": 0.02}).rank
    assert Verdict(0.61).rank > Verdict(0.60).rank
    assert Verdict(0.61, {"car": 0.02}).rank > Verdict(0.60, {"sky": 0.02}).rank


def test_without_masks_of_its_classes_it_is_judged_by_the_float_networks_labels(data: Path) -> None:
    judge = Judge(lessons(data, ("a", "b", "c", "d")), nearest(), SIZE)
    assert judge.measure == "agreement"
    alike, worse = (judge(network, lambda items, count: items) for network in (nearest(), nearest(without=2)))
    assert alike == Verdict(1.0)
    assert 0.5 < worse.value < 0.99
