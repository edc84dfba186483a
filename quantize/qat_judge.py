"""How a network in fine-tuning does on the pictures held back, and which epoch is better than another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import nn

from fastscnn.data.datasets import squashed
from fastscnn.data.limits import Limits, lost
from fastscnn.data.scores import Score
from fastscnn.graph import labels as labelling
from fastscnn.graph.graph import Array
from fastscnn.info import Size
from quantize.qat_data import Lessons
from quantize.torch_graph import batched

LIMITS = Limits(class_loss=0.01)
"""What a class may lose: fine-tuning can trade one for another, and the mean would not tell."""
Watch = Callable[[Iterable[Any], int], Iterable[Any]]
"""Shows so many items go by."""


@dataclass(frozen=True)
class Verdict:
    """A score on the pictures held back."""

    value: float
    """mIoU; without masks, the share of labels that are the float network's."""
    fallen: dict[str, float] = field(default_factory=dict)
    """What each class that holds enough pixels loses against the float network, where that is too much."""

    @property
    def rank(self) -> tuple[bool, float]:
        """Greater is better: first that no class has fallen, then the value."""
        return not self.fallen, self.value


class Judge:
    """Judges networks that give logits, rounded or not, by their labels."""

    def __init__(self, lessons: Lessons, teacher: nn.Module, size: Size) -> None:
        self.lessons, self.teacher, self.size = lessons, teacher, size
        self.measure = "mIoU" if lessons.meaning is not None else "agreement"

    def __call__(self, network: nn.Module, watch: Watch) -> Verdict:
        """The verdict; networks are in eval mode."""
        if self.lessons.meaning is None:
            return Verdict(self._agreement(network, watch))
        score = self._score(network, watch)
        _, classes = lost(self._before, score)
        shares = score.shares()
        fallen = {
            name: loss
            for name, loss in classes.items()
            if shares[name] >= LIMITS.class_share and loss > LIMITS.class_loss
        }
        return Verdict(score.miou() or 0.0, fallen)

    @cached_property
    def _before(self) -> Score:
        """The float network's score."""
        return self._score(self.teacher, lambda items, count: items)

    def _score(self, network: nn.Module, watch: Watch) -> Score:
        meaning = self.lessons.meaning
        assert meaning is not None
        score = Score.empty(self.lessons.dataset.classes)
        for picture in watch(self.lessons.judged(), len(self.lessons.val)):
            target = (picture.pixels.shape[0], picture.pixels.shape[1])
            score.add(picture, meaning.of(self._labels(network, picture.pixels, target)))
        return score

    def _agreement(self, network: nn.Module, watch: Watch) -> float:
        equal = counted = 0
        for picture in watch(self.lessons.judged(), len(self.lessons.val)):
            mine, theirs = (self._labels(one, picture.pixels, self.size) for one in (network, self.teacher))
            equal, counted = equal + int((mine == theirs).sum()), counted + mine.size
        return equal / max(counted, 1)

    def _labels(self, network: nn.Module, pixels: Array, target: Size) -> Array:
        given = batched([self.lessons.entered(squashed(pixels, self.size))])
        with torch.inference_mode():
            logits = network(given)[0].permute(1, 2, 0).contiguous().numpy()
        return labelling.at(logits, self.size, target, self.lessons.info.align_corners)
