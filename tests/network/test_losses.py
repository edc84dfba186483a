"""The losses against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from fastscnn.data.masks import IGNORED
from fastscnn.network import losses
from fastscnn.network.losses import Lattice


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("stride", "row", "column"), [(1, 0, 0), (2, 1, 0), (4, 2, 3)])
def test_a_lattice_of_resized_logits_is_a_part_of_the_bilinear_picture(
    align_corners: bool, stride: int, row: int, column: int
) -> None:
    logits = torch.randn(2, 3, 6, 9, generator=torch.Generator().manual_seed(0))
    at = Lattice(stride, row, column)
    whole = functional.interpolate(logits, size=(45, 70), mode="bilinear", align_corners=align_corners)
    assert torch.allclose(at.resized(logits, (45, 70), align_corners), at.of(whole), atol=1e-5)


def test_drawn_lattices_reach_every_pixel() -> None:
    rng = np.random.default_rng(0)
    seen = torch.zeros(6, 6)
    for _ in range(100):
        Lattice.drawn(rng, 3).of(seen).add_(1)
    assert bool((seen > 0).all())


def test_cross_entropy_is_the_weighted_mean_over_what_counts() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 5, 6, generator=random)
    truth = torch.randint(0, 4, (2, 5, 6), generator=random)
    truth[0, :2] = IGNORED
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    found = losses.cross_entropy(logits, truth, weights, losses.weight_sum(truth, weights))
    assert torch.allclose(found, functional.cross_entropy(logits, truth, weights, ignore_index=IGNORED))


def test_rare_classes_weigh_more_and_the_average_pixel_one() -> None:
    counts = np.array([[900, 100, 0]])
    weights = losses.class_weights(counts, 0.5)
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert 0.9 * weights[0] + 0.1 * weights[1] == pytest.approx(1.0)
    assert torch.isfinite(weights).all()
    assert torch.equal(losses.class_weights(counts, 0.0)[:2], torch.ones(2))


def hard(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Logits that are sure of the labels."""
    return 100.0 * functional.one_hot(labels, classes).movedim(-1, 1).float()


def test_lovasz_softmax_of_sure_labels_is_one_minus_iou() -> None:
    random = torch.Generator().manual_seed(0)
    truth, predicted = torch.randint(0, 3, (2, 4, 10, 10), generator=random)
    ious = [
        ((truth == c) & (predicted == c)).sum() / ((truth == c) | (predicted == c)).sum() for c in range(3)
    ]
    assert losses.lovasz_softmax(hard(predicted, 4), truth) == pytest.approx(1 - float(np.mean(ious)))


def test_lovasz_softmax_ignores_void() -> None:
    truth = torch.randint(0, 3, (1, 8, 8), generator=torch.Generator().manual_seed(0))
    wrong = (truth + 1) % 3
    truth[:, :4] = IGNORED
    wrong[:, 4:] = truth[:, 4:]
    assert losses.lovasz_softmax(hard(wrong, 3), truth) == pytest.approx(0.0)
    nothing = losses.lovasz_softmax(hard(wrong, 3).requires_grad_(), torch.full_like(truth, IGNORED))
    nothing.backward()  # type: ignore[no-untyped-call]
    assert float(nothing.detach()) == 0.0


def test_lovasz_softmax_of_a_batch_is_the_mean_of_its_groups() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2 * losses.GROUP, 3, 6, 6, generator=random)
    truth = torch.randint(0, 3, (2 * losses.GROUP, 6, 6), generator=random)
    halves = [
        losses.lovasz_softmax(logits[part], truth[part])
        for part in (slice(None, losses.GROUP), slice(losses.GROUP, None))
    ]
    assert torch.allclose(losses.lovasz_softmax(logits, truth), torch.stack(halves).mean())


def test_distillation_is_zero_only_for_the_teachers_own_scores() -> None:
    random = torch.Generator().manual_seed(0)
    logits, teacher = torch.randn(2, 1, 3, 4, 4, generator=random)
    truth = torch.zeros(1, 4, 4, dtype=torch.long)
    truth[0, 0] = IGNORED
    total = torch.tensor(12.0)
    assert losses.distillation(teacher, teacher, truth, total) == pytest.approx(0.0, abs=1e-6)
    expected = functional.kl_div(
        logits.log_softmax(1)[..., 1:, :], teacher.softmax(1)[..., 1:, :], reduction="sum"
    )
    assert torch.allclose(losses.distillation(logits, teacher, truth, total), expected / 12)
