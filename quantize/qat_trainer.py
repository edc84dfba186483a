"""Fine-tuning a network whose every number is rounded as it will be: step after step, the best of it kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fastscnn.data.datasets import squashed
from fastscnn.graph.graph import Graph, Quant, Resize
from fastscnn.network.recipe import Recipe
from fastscnn.network.schedule import learning_rate
from fastscnn.network.train import channels_last
from quantize import agreement, torch_ao
from quantize.pixels import PIXELS
from quantize.qat_data import Lesson, Lessons
from quantize.qat_judge import Judge, Verdict, Watch
from quantize.qat_loss import Objective
from quantize.torch_ao import Prepared, Reference
from quantize.torch_graph import TorchGraph, batched, with_parameters

SMALLEST = 1e-3
"""Typical weight of a layer, when its learning rate is set: a dead layer may move, too."""


@dataclass(frozen=True, eq=False)
class Start:
    """What PTQ decided: where the fine-tuning begins."""

    graph: Graph
    """Float, batch norm folded, its weights as PTQ left them."""
    quants: Mapping[str, Quant]
    """Of every quantized tensor: they stay."""
    floats: frozenset[str]
    """Nodes that stay in float."""
    highest: int
    """Of an integer weight."""
    pixels: bool
    """Whether the input is 0..255."""


@dataclass
class Progress:
    """What has happened so far."""

    epoch: int = 0
    """The next one."""
    best: float = -1.0
    """The score of the best weights on the pictures held back."""
    best_sound: bool = False
    """Whether no class had fallen far below the float network's."""
    best_epoch: int = 0
    """0 is the start."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Figures of each epoch."""


class Trainer:
    """A fake-quantized network, its float teacher, and what they learn from."""

    def __init__(self, start: Start, teacher: Graph, lessons: Lessons, recipe: Recipe) -> None:
        """`teacher`: the float Graph that the checkpoint is, with the same input."""
        self.start, self.lessons, self.recipe = start, lessons, recipe
        self.prepared = fake_quantized(start, cut(start.graph))
        self.module: nn.Module = self.prepared.module
        self.teacher = TorchGraph(cut(teacher)).eval().requires_grad_(False)
        self.averaged = fake_quantized(start, start.graph)
        """Whole: it is judged by labels of logits that are rounded at their full size, too."""
        for network in (self.module, self.averaged.module, self.teacher):
            channels_last(network)
        self.objective = Objective(recipe, lessons.info.align_corners, lessons.weights())
        groups = _groups(self.module)
        self.sizes = [group["lr"] for group in groups]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay)
        self.progress = Progress()
        self.first = self.best = self.prepared.parameters()
        self.judge = Judge(lessons, self.teacher, recipe.size)

    def run_epoch(self, watch: Watch) -> dict[str, Any]:
        """Train for one epoch; its figures."""
        epoch, lost = self.progress.epoch, 0.0
        self.module.train()
        self.prepared.set_floors()
        for step, lesson in enumerate(watch(self.lessons.epoch(epoch), self.lessons.steps)):
            lost += self.step(epoch, step, lesson)
        self.progress.epoch += 1
        return {"epoch": self.progress.epoch, "loss": lost / self.lessons.steps}

    def step(self, epoch: int, step: int, lesson: Lesson) -> float:
        """One optimizer step; its loss."""
        recipe, done = self.recipe, epoch * self.lessons.steps + step
        steps = recipe.epochs * self.lessons.steps
        rate = learning_rate(done, steps, recipe.learning_rate, round(recipe.warmup * steps), recipe.power)
        for group, size in zip(self.optimizer.param_groups, self.sizes, strict=True):
            group["lr"] = rate * size
        with torch.no_grad():
            taught = self.teacher(lesson.pictures)
        self.optimizer.zero_grad()
        crop = (lesson.masks.shape[1], lesson.masks.shape[2])
        rng = np.random.default_rng([recipe.seed, epoch, step, 1])
        loss: Tensor = self.objective(self.module(lesson.pictures), taught, lesson.masks, crop, rng)
        torch.autograd.backward([loss])
        self.optimizer.step()
        self._average(done)
        return float(loss.detach())

    @torch.no_grad()
    def _average(self, done: int) -> None:
        """One step of the averaged weights towards those in training; the first steps forget faster."""
        decay = min(self.recipe.ema, (done + 1) / (done + 10))
        trained = dict(self.module.named_parameters())
        for name, parameter in self.averaged.module.named_parameters():
            parameter.lerp_(trained[name], 1 - decay)

    def judged(self, watch: Watch) -> Verdict:
        """The averaged network's; its weights are kept where none before were better."""
        self.averaged.set_floors()
        verdict = self.judge(self.averaged.module.eval(), watch)
        progress = self.progress
        if verdict.rank > (progress.best_sound, progress.best):
            progress.best_sound, progress.best = verdict.rank
            progress.best_epoch = progress.epoch
            self.best = self.averaged.parameters()
        return verdict

    def finished(self) -> tuple[Graph, Reference, dict[str, Any]]:
        """The quantized Graph of the best weights, torch.ao's model of it, and the proof that both agree."""
        start = self.start
        best = with_parameters(start.graph, self.best)
        whole = agreement.on_grid(best, start.quants, start.highest, start.floats)
        prepared = fake_quantized(start, whole)
        prepared.module.eval()
        prepared.set_floors()
        reference = torch_ao.convert(prepared)
        quantized = reference.assembled()
        pixels = squashed(next(self.lessons.judged()).pixels, self.recipe.size)
        given = batched([self.lessons.entered(pixels)])
        layers = agreement.compare(prepared, reference, quantized, given)
        return quantized, reference, agreement.figures(layers)


def fake_quantized(start: Start, graph: Graph) -> Prepared:
    """A Graph of the start's topology, or its beginning, with the start's quantization, ready to train."""
    return torch_ao.prepare(
        graph,
        # a float tensor of which only the size is read is observed, too, until `prepare` notices
        lambda root: torch_ao.frozen(start.quants.get(root, PIXELS), train=True),
        pixels=start.pixels,
        floats=start.floats & {node.name for node in graph},
        highest=start.highest,
        train=True,
    )


def cut(graph: Graph) -> Graph:
    """The Graph without a last resize: the loss resizes the logits only where it looks."""
    last = graph[graph.output]
    if not isinstance(last.operator, Resize):
        return graph
    return Graph(tuple(node for node in graph if node is not last), last.inputs[0])


def _groups(module: nn.Module) -> list[dict[str, Any]]:
    """Each tensor with its typical weight: it moves in proportion, for folding left very different ones."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    sizes = [float(parameter.detach().square().mean().sqrt()) for parameter in parameters]
    return [
        {"params": [parameter], "lr": max(size, SMALLEST)}
        for parameter, size in zip(parameters, sizes, strict=True)
    ]
