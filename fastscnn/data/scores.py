"""How well labels fit a data set's masks, counted picture by picture; which pictures are counted.

Pixels that the mask leaves out do not count, and a class that is neither in the masks nor predicted has
no figure and no part in the mean.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastscnn.data.datasets import Picture, Sample
from fastscnn.data.metrics import Confusion
from fastscnn.errors import DataError

Item = TypeVar("Item")
WORST = 4
"""Pictures that are remembered for a look."""


@dataclass
class Score:
    """What was counted so far."""

    classes: tuple[str, ...]
    confusion: Confusion
    """Of the data set's classes, and a last one for what it has no name for."""
    images: int = 0
    worst: list[tuple[float, int, Sample]] = field(default_factory=list)
    """A heap of (minus its own mean IoU, number, picture): the best of the worst comes first."""
    each: list[NDArray[np.int64]] = field(default_factory=list)
    """The counts of every picture."""

    @classmethod
    def empty(cls, classes: tuple[str, ...]) -> Score:
        return cls(classes, Confusion(len(classes) + 1))

    def add(self, picture: Picture, predicted: NDArray[Any]) -> None:
        """Count one picture; labels are of the data set's classes."""
        if picture.mask is None:
            raise DataError(f"The picture {picture.sample.image} has no mask.", "A score needs masks.")
        one = Confusion(self.confusion.classes)
        one.add(picture.mask, predicted)
        self.confusion.counts += one.counts
        self.each.append(one.counts)
        self.images += 1
        own = mean_iou(one, one.counts.sum(axis=1) > 0)
        if own is not None:
            heapq.heappush(self.worst, (-own, -self.images, picture.sample))
            if len(self.worst) > WORST:
                # the greatest IoU leaves; of equals, the later picture
                heapq.heappop(self.worst)

    def per_class(self) -> dict[str, float | None]:
        ious = self.confusion.per_class()[: len(self.classes)]
        return dict(zip(self.classes, ious, strict=True))

    def miou(self) -> float | None:
        return mean_iou(self.confusion, np.ones(len(self.classes) + 1, bool))

    def shares(self) -> dict[str, float]:
        """The part of all counted pixels that each class holds in the masks."""
        rows = self.confusion.counts.sum(axis=1)
        parts = rows / max(int(rows.sum()), 1)
        return {name: float(part) for name, part in zip(self.classes, parts, strict=False)}

    def as_json(self) -> dict[str, Any]:
        counted = int(self.confusion.counts.sum())
        return {
            "miou": self.miou(),
            "per_class": self.per_class(),
            "pixel_accuracy": self.confusion.pixel_accuracy(),
            "images": self.images,
            "pixels": counted,
        }

    def worst_first(self) -> list[tuple[float, Sample]]:
        return [(-negative, sample) for negative, _, sample in sorted(self.worst, reverse=True)]


def mean_iou(confusion: Confusion, wanted: NDArray[Any]) -> float | None:
    """Over the data set's classes that are wanted and have a figure; its last class is no class."""
    ious = zip(confusion.per_class()[:-1], wanted, strict=False)
    known = [iou for iou, counts in ious if counts and iou is not None]
    return float(np.mean(known)) if known else None


def chosen(samples: Sequence[Item], limit: int | None) -> list[Item]:
    """All of them, or so many evenly spaced through them: neighbours in a film look alike."""
    if limit is None or limit >= len(samples):
        return list(samples)
    return [samples[place * len(samples) // limit] for place in range(limit)]
