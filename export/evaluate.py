"""How well a model segments a data set: one confusion matrix over all its pictures.

A picture is squashed to the model's size, the model's labels are made at the mask's size (see
`export.models`), pixels that the mask leaves out do not count, and a class that is neither in the masks
nor predicted has no figure and no part in the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from export.models import Model
from fastscnn.console import Console
from fastscnn.data.class_names import Meaning
from fastscnn.data.datasets import Dataset, Sample
from fastscnn.data.scores import Score


def evaluate(
    model: Model, dataset: Dataset, samples: Sequence[Sample], meaning: Meaning, console: Console
) -> Score:
    """The score over these samples; one picture at a time is held, and a few that are decoded ahead."""
    score = Score.empty(dataset.classes)
    pictures = dataset.stream(samples)
    for picture in console.progress(pictures, "evaluating", len(samples)):
        score.add(picture, meaning.of(model.labels(picture.pixels)))
    return score


def relative(sample: Sample, root: Path) -> str:
    """A picture's path as reports say it: inside its data set."""
    return (
        sample.image.relative_to(root).as_posix() if sample.image.is_relative_to(root) else sample.image.name
    )
