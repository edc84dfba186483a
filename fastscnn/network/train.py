"""Training: step after step, epoch after epoch, each of them fixed by the seed alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from fastscnn.data.datasets import Dataset
from fastscnn.data.metrics import Confusion
from fastscnn.info import Preprocessing
from fastscnn.network import losses
from fastscnn.network.loader import Batch, Loader, Pictures
from fastscnn.network.network import FastSCNN
from fastscnn.network.objective import Objective, Teacher
from fastscnn.network.processes import Processes
from fastscnn.network.recipe import Recipe
from fastscnn.network.schedule import Averaged, learning_rate
from fastscnn.network.validation import score


@dataclass
class Progress:
    """What has happened so far; saved with the weights."""

    epoch: int = 0
    """The next one."""
    best: float = -1.0
    """The highest validation mIoU, of the averaged weights."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Figures of each epoch."""


class Trainer:
    """A network in training."""

    def __init__(
        self,
        dataset: Dataset,
        recipe: Recipe,
        *,
        initial: FastSCNN | None = None,
        teacher: Teacher | None = None,
        preprocessing: Preprocessing | None = None,
        processes: Processes | None = None,
        workers: int = 1,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.dataset = dataset
        self.recipe = recipe
        self.preprocessing = preprocessing or Preprocessing()
        self.processes = processes or Processes()
        self.pictures = Pictures(dataset, dataset.samples("train"))
        self.loader = Loader(
            self.pictures,
            recipe,
            self.preprocessing,
            rank=self.processes.rank,
            world=self.processes.world,
            workers=workers,
        )
        self.network = initial if initial is not None else FastSCNN(len(dataset.classes))
        weights = losses.class_weights(self.pictures.counts, recipe.balance)
        self.objective = Objective(self.network, recipe, weights, teacher).to(self.processes.device)
        if teacher is not None:
            teacher.to(self.processes.device)
        channels_last(self.objective)
        self.averaged = Averaged(self.network, recipe.ema)
        self.optimizer = torch.optim.AdamW(
            _groups(self.objective, recipe), lr=recipe.learning_rate, foreach=True
        )
        self.forward: nn.Module = self.objective
        if self.processes.world > 1:
            self.forward = DistributedDataParallel(self.objective)
        self.progress = Progress()

    @property
    def total_steps(self) -> int:
        return self.recipe.epochs * self.loader.steps

    def run_epoch(self, tick: Callable[[int, float], None] | None = None) -> dict[str, Any]:
        """Train for one epoch; its figures."""
        epoch, started = self.progress.epoch, time.perf_counter()
        lost, waited = 0.0, 0.0
        with contextlib.closing(self.loader.epoch(epoch)) as batches:
            for step in range(self.loader.steps):
                asked = time.perf_counter()
                batch = next(batches)
                waited += time.perf_counter() - asked
                loss = self.step(epoch, step, batch)
                lost += loss
                if tick is not None:
                    tick(step, loss)
        self.progress.epoch += 1
        seconds = time.perf_counter() - started
        return {
            "epoch": self.progress.epoch,
            "loss": lost / self.loader.steps,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "seconds": seconds,
            "waited": waited,
            "images_per_second": self.loader.steps * self.recipe.batch / seconds,
        }

    def step(self, epoch: int, step: int, batch: Batch) -> float:
        """One optimizer step; its loss in this process."""
        recipe, done = self.recipe, epoch * self.loader.steps + step
        warmup = round(recipe.warmup * self.total_steps)
        rate = learning_rate(done, self.total_steps, recipe.learning_rate, warmup, recipe.power)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss = self.backward(epoch, step, batch)
        self.optimizer.step()
        self.averaged.update(self.network)
        return loss

    def backward(self, epoch: int, step: int, batch: Batch) -> float:
        """Fill the gradients of a step; its loss in this process."""
        seed = np.random.SeedSequence([self.recipe.seed, epoch, step, self.processes.rank])
        # dropout: seeded by the step, so that resuming has no generator to restore
        torch.manual_seed(int(seed.generate_state(1)[0]))
        self.objective.train(not self.recipe.frozen_norm)
        device = self.processes.device
        pixels = torch.from_numpy(batch.pixels).permute(0, 3, 1, 2).to(device)
        masks = torch.from_numpy(batch.masks).long().to(device)
        loss = self.forward(pixels, masks, np.random.default_rng([self.recipe.seed, epoch, step, 1]))
        loss.backward()
        return float(loss.detach())

    def validate(self) -> Confusion:
        """The averaged network's score on val."""
        return score(
            self.averaged.network,
            self.dataset.stream(self.dataset.samples("val")),
            len(self.dataset.classes),
            self.recipe.size,
            self.preprocessing,
            self.network.variant.output_align_corners,
        )


def channels_last(module: nn.Module) -> None:
    """Depthwise convolutions train several times faster on a CPU with the channels innermost."""
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _groups(module: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Weight decay on dense kernels; none on batch norm, biases and depthwise kernels."""
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for parameter in module.parameters():
        (decayed if parameter.ndim == 4 and parameter.shape[1] > 1 else free).append(parameter)
    return [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
