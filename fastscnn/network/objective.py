"""The network with its auxiliary heads as one module from pictures and masks to a loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, distributed, nn

from fastscnn.data.masks import IGNORED
from fastscnn.info import Preprocessing
from fastscnn.network import losses
from fastscnn.network.blocks import ConvNorm
from fastscnn.network.losses import Lattice
from fastscnn.network.network import FastSCNN
from fastscnn.network.recipe import Recipe

STRIDE = 2
"""The loss looks at every second row and column of the full-size logits."""


class AuxiliaryHeads(nn.Module):
    """Logits straight from the two maps inside the network, as in the paper; they are not delivered."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(ConvNorm(channels, 32, 3), nn.Dropout(0.1), nn.Conv2d(32, classes, 1))
            for channels in (64, 128)
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        return [head(x) for head, x in zip(self.heads, maps, strict=True)]


class Teacher(nn.Module):
    """A trained network that takes pictures normalised for the student."""

    def __init__(self, network: nn.Module, own: Preprocessing, student: Preprocessing) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)
        self.swapped = own.order != student.order
        mine, theirs = (_columns(p, own.order) for p in (own, student))
        self.factor: Tensor
        self.offset: Tensor
        self.register_buffer("factor", theirs[1] / mine[1])
        self.register_buffer("offset", (theirs[0] - mine[0]) / mine[1])

    def train(self, mode: bool = True) -> Teacher:
        """A teacher stays as it is."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        ordered = x.flip(1) if self.swapped else x
        logits: Tensor = self.network(ordered * self.factor + self.offset)
        return logits


def _columns(preprocessing: Preprocessing, order: str) -> tuple[Tensor, Tensor]:
    """Mean and std, (1, 3, 1, 1), in a channel order."""
    step = 1 if preprocessing.order == order else -1
    mean, std = (torch.tensor(values[::step]) for values in (preprocessing.mean, preprocessing.std))
    return mean.view(1, 3, 1, 1), std.view(1, 3, 1, 1)


class Objective(nn.Module):
    """What the optimizer sees. The mean of its losses over processes is the loss of the whole batch."""

    def __init__(
        self, network: FastSCNN, recipe: Recipe, weights: Tensor, teacher: Teacher | None = None
    ) -> None:
        super().__init__()
        self.network = network
        self.heads = AuxiliaryHeads(network.classes)
        self.recipe = recipe
        self.register_buffer("weights", weights, persistent=False)
        self.weights: Tensor
        # outside the modules: a teacher is neither trained nor saved
        self.teacher = [teacher] if teacher is not None else []

    def forward(self, pixels: Tensor, masks: Tensor, rng: np.random.Generator) -> Tensor:
        """The loss; `rng` draws the pixels that are looked at."""
        recipe, align = self.recipe, self.network.variant.output_align_corners
        size = (pixels.shape[2], pixels.shape[3])
        fine, coarse, every = (Lattice.drawn(rng, stride) for stride in (STRIDE, 2 * STRIDE, 2))
        features = self.network.features(pixels)
        logits = fine.resized(features.logits, size, align)
        truth, rough = fine.of(masks), coarse.of(masks)
        loss = losses.cross_entropy(logits, truth, self.weights, self._weighed(truth))
        if recipe.lovasz:
            loss = loss + recipe.lovasz * losses.lovasz_softmax(every.of(logits), every.of(truth))
        if recipe.auxiliary:
            total = self._weighed(rough)
            for scores in self.heads((features.higher, features.context)):
                seen = coarse.resized(scores, size, align)
                loss = loss + recipe.auxiliary * losses.cross_entropy(seen, rough, self.weights, total)
        for teacher in self.teacher:
            taught = fine.resized(teacher(pixels), size, align)
            counted = shared_mean((truth != IGNORED).sum().to(logits.dtype))
            loss = loss + recipe.distill * losses.distillation(logits, taught, truth, counted)
        return loss

    def _weighed(self, truth: Tensor) -> Tensor:
        return shared_mean(losses.weight_sum(truth, self.weights))


def shared_mean(value: Tensor) -> Tensor:
    """The mean of a number over the processes: dividing by it makes the mean of losses the global loss."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(value)
        value = value / distributed.get_world_size()
    return value
