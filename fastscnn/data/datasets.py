"""Data sets on disk as pictures and masks of class indices, one at a time, decoded in parallel."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fastscnn.data import folders, picture_files
from fastscnn.data.masks import IGNORED, MaskCode
from fastscnn.errors import DataError

__all__ = ["IGNORED", "Dataset", "Picture", "Sample", "open_dataset", "squashed"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """Where a picture lies, and its mask where there is one."""

    image: Path
    mask: Path | None


@dataclass(frozen=True)
class Picture:
    """A decoded sample."""

    sample: Sample
    pixels: Pixels
    """Height, width, RGB."""
    mask: Pixels | None
    """Height, width: class indices, IGNORED where nothing counts."""


@dataclass(frozen=True)
class Dataset:
    """Class names, colours and the samples of each split."""

    kind: str
    root: Path
    code: MaskCode
    splits: dict[str, tuple[Sample, ...]]

    @property
    def classes(self) -> tuple[str, ...]:
        return self.code.classes

    @property
    def colors(self) -> tuple[tuple[int, int, int], ...]:
        return self.code.colors

    def samples(self, split: str) -> tuple[Sample, ...]:
        """The samples of a split, sorted by path."""
        found = self.splits.get(split, ())
        if not found:
            have = ", ".join(sorted(self.splits)) or "none"
            raise DataError(f"The split {split!r} of {self.root} is empty.", f"Splits with pictures: {have}.")
        return found

    def read(self, sample: Sample) -> Picture:
        """One picture and its mask, checked."""
        pixels = picture_files.pixels(sample.image)
        mask = None
        if sample.mask is not None:
            with picture_files.open_picture(sample.mask) as image:
                mask = self.code.indices(image, sample.mask)
            if mask.shape != pixels.shape[:2]:
                (h, w), (rows, columns) = pixels.shape[:2], mask.shape
                raise DataError(
                    f"The mask {sample.mask} is {columns}x{rows}, its picture {w}x{h}.",
                    "Both must have the same size.",
                )
        return Picture(sample, pixels, mask)

    def stream(self, samples: Sequence[Sample], workers: int = 2) -> Iterator[Picture]:
        """The pictures in order, a few of them decoded ahead; memory does not grow with their number."""
        with ThreadPoolExecutor(workers) as pool:
            ahead: deque[Future[Picture]] = deque()
            try:
                for sample in samples:
                    ahead.append(pool.submit(self.read, sample))
                    if len(ahead) > 2 * workers:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for waiting in ahead:
                    waiting.cancel()


def open_dataset(root: str | Path, kind: str | None = None) -> Dataset:
    """The data set in a folder; its kind is found from the folder's shape unless it is named."""
    path = Path(root)
    if not path.is_dir():
        raise DataError(f"{path} is not a folder.", f"A data set is a folder: {folders.SHAPES}")
    listing = folders.listed(path, kind)
    splits = {
        split: tuple(Sample(image, mask) for image, mask in pairs) for split, pairs in listing.pairs.items()
    }
    if not any(splits.values()):
        raise DataError(
            f"{path} looks like {listing.kind}, but holds no picture.", f"Expected {folders.SHAPES}"
        )
    return Dataset(listing.kind, path, listing.code, {name: found for name, found in splits.items() if found})


def squashed(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """RGB pixels at a height and width, by Pillow's antialiasing bilinear filter."""
    if pixels.shape[:2] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((size[1], size[0]), Image.Resampling.BILINEAR))
