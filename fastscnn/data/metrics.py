"""Scores of a segmentation: one confusion matrix, and what follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastscnn.data.masks import IGNORED


class Confusion:
    """Counts of (true class, predicted class) over all pixels that count."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.counts: NDArray[np.int64] = np.zeros((classes, classes), np.int64)

    def add(self, truth: NDArray[Any], predicted: NDArray[Any]) -> None:
        """Count one picture or a batch; pixels whose truth is IGNORED do not count."""
        if truth.shape != predicted.shape:
            raise ValueError(f"truth is {truth.shape}, predicted {predicted.shape}")
        counts = truth != IGNORED
        pairs = truth[counts].astype(np.int64) * self.classes + predicted[counts]
        self.counts += np.bincount(pairs, minlength=self.classes**2).reshape(self.counts.shape)

    def per_class(self) -> list[float | None]:
        """Intersection over union of each class; None where it is neither present nor predicted."""
        hits = np.diag(self.counts)
        union = self.counts.sum(0) + self.counts.sum(1) - hits
        return [float(h / u) if u else None for h, u in zip(hits, union, strict=True)]

    def miou(self) -> float | None:
        """The mean over the classes that have one; None over no pixel at all."""
        known = [iou for iou in self.per_class() if iou is not None]
        return float(np.mean(known)) if known else None

    def pixel_accuracy(self) -> float | None:
        """The share of right pixels."""
        total = int(self.counts.sum())
        return float(np.trace(self.counts) / total) if total else None

    def as_json(self, names: tuple[str, ...]) -> dict[str, Any]:
        """miou and per_class as `fastscnn-eval --json` gives them."""
        return {"miou": self.miou(), "per_class": dict(zip(names, self.per_class(), strict=True))}
