"""What fine-tuning in int8 learns from and is judged by: crops in whole pixels, with masks or without."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fastscnn.console import Console
from fastscnn.data import picture_files
from fastscnn.data.class_names import Meaning, matched
from fastscnn.data.datasets import Dataset, Picture, Pixels, Sample, open_dataset
from fastscnn.data.folders import kind_of
from fastscnn.data.masks import IGNORED, MaskCode
from fastscnn.errors import ClassesError, DataError
from fastscnn.graph.first_layer import normalised, rgb
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network.loader import Loader, Pictures
from fastscnn.network.losses import class_weights
from fastscnn.network.recipe import Recipe
from quantize import calibration
from quantize.torch_graph import batched

EVERY = 5
"""Where a data set has no val, every fifth picture is held back."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """A batch: what the network takes, NCHW, and what is right, in the network's classes."""

    pictures: Tensor
    masks: Tensor


class Unlabelled(Pictures):
    """Pictures without masks: every pixel counts, and none has a class."""

    def __init__(self, dataset: Dataset, samples: tuple[Sample, ...]) -> None:
        self.dataset = dataset
        self.samples = samples
        self.held: list[tuple[Pixels, Pixels]] = []
        self.counts = np.zeros((len(samples), len(dataset.classes)), np.int64)

    def get(self, number: int) -> tuple[Pixels, Pixels]:
        pixels = self.dataset.read(self.samples[number]).pixels
        return pixels, np.zeros(pixels.shape[:2], np.uint8)


class Lessons:
    """The batches of each epoch; the same seed gives the same batches."""

    def __init__(self, dataset: Dataset, info: ModelInfo, recipe: Recipe, *, pixels: bool) -> None:
        """`pixels`: the network takes 0..255; else it takes what the torch network takes."""
        self.dataset, self.info, self.recipe, self.pixels = dataset, info, recipe, pixels
        self.train, self.val = apart(dataset)
        self.meaning = _meaning(dataset, info, (*self.train, *self.val))
        labelled = self.meaning is not None
        self.shown = Pictures(dataset, self.train) if labelled else Unlabelled(dataset, self.train)
        # the crops' normalisation only centres them, so that what lies past a picture is its border
        self.centre = np.rint(rgb(info.preprocessing)[0]).clip(0, 255).astype(np.float32)
        centred = Preprocessing("rgb", tuple(float(value) for value in self.centre), (1.0, 1.0, 1.0))
        self.loader = Loader(self.shown, recipe, centred)

    @property
    def steps(self) -> int:
        return self.loader.steps

    def weights(self) -> Tensor | None:
        """Of the network's classes; None without masks."""
        if self.meaning is None:
            return None
        return class_weights(self.shown.counts, self.recipe.balance)[torch.from_numpy(self.meaning.table)]

    def epoch(self, epoch: int) -> Iterator[Lesson]:
        """The batches of an epoch."""
        with contextlib.closing(self.loader.epoch(epoch)) as batches:
            for batch in batches:
                whole = np.rint(batch.pixels + self.centre).clip(0, 255)
                yield Lesson(batched([self.entered(crop) for crop in whole]), self._named(batch.masks))

    def entered(self, pixels: Array) -> Array:
        """A picture's pixels as the network takes them."""
        return pixels if self.pixels else normalised(pixels, self.info.preprocessing)

    def judged(self) -> Iterator[Picture]:
        """The pictures that are held back."""
        return self.dataset.stream(self.val)

    def _named(self, masks: NDArray[np.uint8]) -> Tensor:
        """Masks in the network's classes."""
        table = np.full(256, IGNORED, np.int64)
        if self.meaning is None:
            table[:] = np.arange(256)
        else:
            table[self.meaning.table] = np.arange(len(self.meaning.table))
        return torch.from_numpy(table[masks])


def opened(data: Path, info: ModelInfo, console: Console) -> Dataset:
    """A data set, or a plain folder of photographs as one without masks: what is judged by is held back."""
    if kind_of(data) is not None:
        return open_dataset(data)
    splits = {"train": calibration.found(data), "val": calibration.held_back(data)}
    readable = {path for path in {*splits["train"], *splits["val"]} if _readable(path, console)}
    samples = {
        split: tuple(Sample(path, None) for path in paths if path in readable)
        for split, paths in splits.items()
    }
    code = MaskCode(info.classes, info.colors, {index: index for index in range(len(info.classes))})
    return Dataset("photographs", data, code, samples)


def apart(dataset: Dataset) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """The pictures to learn from and those to judge by: val where there is one, else every fifth."""
    if {"train", "val"} <= dataset.splits.keys():
        return dataset.samples("train"), dataset.samples("val")
    every = tuple(sample for split in sorted(dataset.splits) for sample in dataset.splits[split])
    if len(every) < EVERY:
        return every, every
    learnt = tuple(sample for number, sample in enumerate(every) if number % EVERY != EVERY - 1)
    return learnt, every[EVERY - 1 :: EVERY]


def _readable(path: Path, console: Console) -> bool:
    try:
        picture_files.open_picture(path).close()
    except DataError as error:
        console.warn(f"{error.message} It is left out.")
        return False
    return True


def _meaning(dataset: Dataset, info: ModelInfo, samples: tuple[Sample, ...]) -> Meaning | None:
    """The data set's class of each class of the network; None where masks cannot teach it."""
    masked = [sample.mask is not None for sample in samples]
    if not any(masked):
        return None
    if not all(masked):
        bare = samples[masked.index(False)].image
        raise DataError(f"The picture {bare} has no mask, others have.", "Add it, or leave the masks out.")
    try:
        meaning = matched(info.classes, dataset.classes)
    except ClassesError:
        return None
    return meaning if (meaning.table < meaning.outside).all() else None
