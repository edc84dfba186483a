"""What the fine-tuning minimises: nothing, where the teacher is equalled; masks count where they know."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from fastscnn.data.masks import IGNORED
from quantize import qat
from quantize.qat_loss import Objective

SIZE = (32, 48)
RECIPE = qat.training_recipe(SIZE, 1, 1, 1e-3, 2)


def logits(seed: int) -> Tensor:
    return torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(seed)) * 3


def loss(objective: Objective, mine: Tensor, taught: Tensor, masks: Tensor) -> Tensor:
    return objective(mine, taught, masks, SIZE, np.random.default_rng(0))


def test_the_teacher_alone_asks_for_its_own_logits() -> None:
    objective = Objective(RECIPE, align_corners=False, weights=None)
    masks = torch.zeros(2, *SIZE, dtype=torch.long)
    assert float(loss(objective, logits(1), logits(1), masks)) == 0
    mine = logits(2).requires_grad_()
    before = loss(objective, mine, logits(1), masks)
    torch.autograd.backward([before])
    assert mine.grad is not None
    nearer = mine.detach() - mine.grad
    assert 0 < float(loss(objective, nearer, logits(1), masks)) < float(before.detach())


def test_masks_teach_where_they_know() -> None:
    objective = Objective(RECIPE, align_corners=False, weights=torch.ones(3))
    masks = torch.full((2, *SIZE), IGNORED)
    masks[:, :16] = 1
    right = torch.zeros(2, 3, 4, 6)
    right[:, 1, :2] = 9.0
    wrong = right.flip(1).roll(1, dims=1)
    assert float(loss(objective, right, right, masks)) < 0.1 * float(loss(objective, wrong, wrong, masks))
    # of the last row of cells, only pixels below the masked half are made
    other = right.clone()
    other[:, :, 3] = 7.0 * torch.arange(3.0)[None, :, None]
    torch.testing.assert_close(loss(objective, right, right, masks), loss(objective, other, other, masks))


def test_what_lies_past_a_picture_is_not_taught() -> None:
    objective = Objective(RECIPE, align_corners=False, weights=None)
    masks = torch.full((2, *SIZE), IGNORED)
    assert float(loss(objective, logits(1), logits(2), masks)) == 0
