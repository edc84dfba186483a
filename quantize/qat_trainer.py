"""Fine-tuning a network whose every number is rounded as it will be: one step, one epoch, one judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fastscnn.data.datasets import squashed
from fastscnn.data.metrics import Confusion
from fastscnn.graph import labels as labelling
from fastscnn.graph.graph import Array, Graph, Quant, Resize
from fastscnn.info import Size
from fastscnn.network.recipe import Recipe
from fastscnn.network.schedule import learning_rate
from fastscnn.network.train import channels_last
from quantize import agreement, torch_ao
from quantize.pixels import PIXELS
from quantize.qat_data import Lesson, Lessons
from quantize.qat_loss import Objective
from quantize.torch_ao import Prepared, Reference
from quantize.torch_graph import TorchGraph, batched, with_parameters

SMALLEST = 1e-3
"""Typical weight of a layer, when its learning rate is set: a dead layer may move, too."""
Watch = Callable[[Iterable[Any], int], Iterable[Any]]
"""Shows so many items go by."""


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
    """The highest score on the pictures held back."""
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
        self.measure = "mIoU" if lessons.meaning is not None else "agreement"
        """What the network is judged by: masks, or labels equal to the float network's."""

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

    def judge(self, watch: Watch) -> float:
        """The averaged network's score on the pictures held back (see `measure`)."""
        self.averaged.set_floors()
        network, lessons, size = self.averaged.module.eval(), self.lessons, self.recipe.size
        confusion, equal, counted = Confusion(len(lessons.dataset.classes) + 1), 0, 0
        for picture in watch(lessons.judged(), len(lessons.val)):
            given = self.given(picture.pixels)
            if lessons.meaning is not None:
                target = (picture.pixels.shape[0], picture.pixels.shape[1])
                confusion.add(picture.mask, lessons.meaning.of(self._labels(network, given, target)))
            else:
                mine, theirs = (self._labels(one, given, size) for one in (network, self.teacher))
                equal, counted = equal + int((mine == theirs).sum()), counted + mine.size
        if lessons.meaning is None:
            return equal / max(counted, 1)
        known = [iou for iou in confusion.per_class()[:-1] if iou is not None]
        return float(np.mean(known)) if known else 0.0

    def keep(self, score: float) -> None:
        """Keep the averaged weights as they are, where no earlier ones scored as well."""
        if score > self.progress.best:
            self.progress.best, self.progress.best_epoch = score, self.progress.epoch
            self.best = self.averaged.parameters()

    def given(self, pixels: Array) -> Tensor:
        """A picture as the network takes it, a batch of one."""
        return batched([self.lessons.entered(squashed(pixels, self.recipe.size))])

    def _labels(self, network: nn.Module, given: Tensor, target: Size) -> Array:
        with torch.inference_mode():
            logits = network(given)[0].permute(1, 2, 0).contiguous().numpy()
        return labelling.at(logits, self.recipe.size, target, self.lessons.info.align_corners)

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
        picture = next(self.lessons.judged())
        layers = agreement.compare(prepared, reference, quantized, self.given(picture.pixels))
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
