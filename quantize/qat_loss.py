"""What fine-tuning in int8 minimises: the training's own loss where there are masks, and the distance to
the float network everywhere."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from fastscnn.data.masks import IGNORED
from fastscnn.info import Size
from fastscnn.network import losses
from fastscnn.network.losses import Lattice
from fastscnn.network.recipe import Recipe

STRIDE = 2
"""The loss looks at every second row and column of the full-size logits, as in training."""


class Objective:
    """Logits at 1/8, the float network's for the same pictures, and masks, to one number."""

    def __init__(self, recipe: Recipe, align_corners: bool, weights: Tensor | None) -> None:
        """`weights`: of the classes; None where there are no masks and the float network alone teaches."""
        self.recipe = recipe
        self.align_corners = align_corners
        self.weights = weights

    def __call__(
        self, logits: Tensor, taught: Tensor, masks: Tensor, size: Size, rng: np.random.Generator
    ) -> Tensor:
        """The loss; `rng` draws the pixels that are looked at."""
        fine, every = (Lattice.drawn(rng, stride) for stride in (STRIDE, 2))
        truth = fine.of(masks)
        mine, theirs = (fine.resized(scores, size, self.align_corners) for scores in (logits, taught))
        counted = (truth != IGNORED).sum().to(mine.dtype)
        loss = self.recipe.distill * losses.distillation(mine, theirs, truth, counted)
        if self.weights is not None:
            total = losses.weight_sum(truth, self.weights)
            loss = loss + losses.cross_entropy(mine, truth, self.weights, total)
            loss = loss + self.recipe.lovasz * losses.lovasz_softmax(every.of(mine), every.of(truth))
        return loss
