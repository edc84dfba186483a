"""Batches of random crops, made ahead of the training; the same seed gives the same batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastscnn.data.datasets import Dataset, Pixels, Sample
from fastscnn.errors import DataError
from fastscnn.info import Preprocessing
from fastscnn.network import augmentation
from fastscnn.network.recipe import Phase, Recipe

IN_MEMORY = 2**30
"""A decoded training set of at most this many bytes stays in memory."""
ENOUGH = 50
"""A picture shows a class if it has more pixels of it than this."""


@dataclass(frozen=True)
class Batch:
    """Normalised pixels (batch, height, width, 3) and masks."""

    pixels: NDArray[np.float32]
    masks: Pixels


class Pictures:
    """The training pictures: decoded in memory where the whole set is small, else from disk each time."""

    def __init__(self, dataset: Dataset, samples: tuple[Sample, ...], in_memory: int = IN_MEMORY) -> None:
        self.dataset = dataset
        self.samples = samples
        held: list[tuple[Pixels, Pixels]] = []
        counts: list[NDArray[np.int64]] = []
        size = 0
        for picture in dataset.stream(samples):
            mask = _mask(picture.mask, picture.sample)
            counts.append(np.bincount(mask.ravel(), minlength=256)[: len(dataset.classes)])
            size += picture.pixels.nbytes + mask.nbytes
            held.append((picture.pixels, mask))
            if size > in_memory:
                held.clear()
        self.held = held if size <= in_memory else []
        self.counts: NDArray[np.int64] = np.stack(counts)
        """Pixels of each class in each picture."""

    def __len__(self) -> int:
        return len(self.samples)

    def get(self, number: int) -> tuple[Pixels, Pixels]:
        """Pixels and mask of a picture."""
        if self.held:
            return self.held[number]
        picture = self.dataset.read(self.samples[number])
        return picture.pixels, _mask(picture.mask, picture.sample)


def _mask(mask: Pixels | None, sample: Sample) -> Pixels:
    if mask is None:
        raise DataError(f"The picture {sample.image} has no mask.", "Training needs a mask for each picture.")
    return mask


class Loader:
    """An epoch's batches. With several processes each makes its share of every batch."""

    def __init__(
        self,
        pictures: Pictures,
        recipe: Recipe,
        preprocessing: Preprocessing,
        *,
        rank: int = 0,
        world: int = 1,
        workers: int = 1,
    ) -> None:
        self.pictures = pictures
        self.recipe = recipe
        self.preprocessing = preprocessing
        self.rank = rank
        self.share = recipe.batch // world
        self.workers = workers
        self.holders = [np.flatnonzero(column > ENOUGH) for column in pictures.counts.T]
        self.classes = [index for index, holders in enumerate(self.holders) if len(holders)]

    @property
    def steps(self) -> int:
        """Batches in an epoch: the last, smaller one is left out."""
        return max(1, len(self.pictures) // self.recipe.batch)

    def epoch(self, epoch: int) -> Generator[Batch]:
        """The batches of an epoch, a few of them made ahead."""
        with ThreadPoolExecutor(self.workers) as pool:
            ahead: deque[Future[Batch]] = deque()
            try:
                for step in range(self.steps):
                    ahead.append(pool.submit(self.batch, epoch, step))
                    if len(ahead) > self.workers + 1:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for waiting in ahead:
                    waiting.cancel()

    def batch(self, epoch: int, step: int) -> Batch:
        """This process's share of a batch; depends on nothing but seed, epoch and step."""
        order = np.random.default_rng([self.recipe.seed, epoch]).permutation(len(self.pictures))
        phase = self.recipe.phase(epoch)
        first = step * self.recipe.batch + self.rank * self.share
        crops = [
            self._crop(epoch, position, int(order[position % len(order)]), phase)
            for position in range(first, first + self.share)
        ]
        return Batch(np.stack([pixels for pixels, _ in crops]), np.stack([mask for _, mask in crops]))

    def _crop(
        self, epoch: int, position: int, number: int, phase: Phase
    ) -> tuple[NDArray[np.float32], Pixels]:
        rng = np.random.default_rng([self.recipe.seed, epoch, position])
        wanted: int | None = None
        if self.classes and rng.random() < self.recipe.rare_crops:
            wanted = self.classes[rng.integers(len(self.classes))]
            number = int(rng.choice(self.holders[wanted]))
        pixels, mask = self.pictures.get(number)
        focus = augmentation.focus_on(rng, mask, wanted) if wanted is not None else None
        shape = (mask.shape[0], mask.shape[1])
        window = augmentation.drawn_window(rng, shape, phase.size, phase.scales, focus)
        looked, truth = augmentation.cut(pixels, mask, window, phase.size)
        looked = augmentation.lit(rng, looked, self.recipe.colour)
        looked = augmentation.normalised(looked, self.preprocessing)
        if rng.random() < 0.5:
            looked, truth = looked[:, ::-1], truth[:, ::-1]
        return looked, truth
