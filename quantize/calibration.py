"""The pictures that ranges are observed on: a data set's training pictures, or those of a plain folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fastscnn.console import Console
from fastscnn.data import picture_files
from fastscnn.data.datasets import open_dataset, squashed
from fastscnn.data.folders import PICTURES, kind_of, pictures_below
from fastscnn.errors import DataError
from fastscnn.graph.graph import Array
from fastscnn.info import Size
from quantize.request import FEWEST

WANTED = 128
APART = 40
"""Of so many photographs every fifth is kept for judging; fewer serve for both."""
SPLITS = ("train", "val", "test")
"""The first that a data set has is calibrated on."""
READERS, AHEAD = 2, 16


@dataclass(frozen=True, eq=False)
class Calibration:
    """Pictures at one size, in an order that follows from their pixels alone."""

    size: Size
    pictures: tuple[Array, ...]
    """RGB, height x width x 3, uint8."""
    sha256: str

    @classmethod
    def of(cls, pictures: Sequence[Array]) -> Calibration:
        """Of pictures of one size, in any order."""
        by_digest = dict(sorted((_digest(picture), picture) for picture in pictures))
        height, width, _ = pictures[0].shape
        digest = hashlib.sha256("".join(by_digest).encode()).hexdigest()
        return cls((height, width), tuple(by_digest.values()), digest)

    def as_json(self) -> dict[str, Any]:
        """What the record of a quantized network says."""
        return {"pictures": len(self.pictures), "sha256": self.sha256}


def choose(data: Path, size: Size, console: Console, *, wanted: int = WANTED) -> Calibration:
    """Usable pictures, evenly spaced through what there is.

    Unreadable, blank and repeated ones are skipped and named; DataError where too few are left.
    """
    paths = found(data)
    first = [paths[place * len(paths) // wanted] for place in range(wanted)] if len(paths) > wanted else paths
    # where some of them are of no use, others take their places
    usable = _usable([*first, *sorted({*paths} - {*first})], size, console)
    pictures: list[Array] = []
    for picture in console.progress(usable, "reading pictures", len(first)):
        pictures.append(picture)
        if len(pictures) == wanted:
            break
    if len(pictures) < FEWEST:
        raise DataError(
            f"{data} holds {len(pictures)} pictures that can be calibrated on; at least {FEWEST} are needed.",
            "Give different photographs of what the network will see; 100 are a good number.",
        )
    return Calibration.of(pictures)


def found(data: Path) -> list[Path]:
    """The pictures of a data set's training split, or those of a plain folder that are not held back."""
    if not data.is_dir():
        raise DataError(f"{data} is no folder.", "Give a folder of photographs, or a data set's.")
    if kind_of(data) is not None:
        splits = open_dataset(data).splits
        return [sample.image for sample in next(splits[name] for name in SPLITS if name in splits)]
    paths = pictures_below(data)
    if not paths:
        raise DataError(f"{data} holds no pictures ({', '.join(PICTURES)}).", "Give a folder of photographs.")
    return [path for place, path in enumerate(paths) if len(paths) < APART or place % 5 != 4]


def held_back(data: Path) -> list[Path]:
    """The pictures of a plain folder that an int8 network is judged on: others, where there are enough."""
    paths = pictures_below(data)
    return paths if len(paths) < APART else paths[4::5]


def _usable(paths: Sequence[Path], size: Size, console: Console) -> Iterator[Array]:
    """The pictures in order, a few of them read ahead."""
    seen: dict[str, Path] = {}
    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(paths), AHEAD):
            batch = paths[start : start + AHEAD]
            for path, read in zip(batch, pool.map(lambda path: _read(path, size), batch), strict=True):
                if isinstance(read, DataError):
                    console.warn(f"{read.message} It is skipped.")
                elif (read == read[0, 0]).all():
                    console.warn(f"{path} shows one colour only. It is skipped.")
                elif (digest := _digest(read)) in seen:
                    console.warn(f"{path} shows the same as {seen[digest]}. It is skipped.")
                else:
                    seen[digest] = path
                    yield read


def _read(path: Path, size: Size) -> Array | DataError:
    try:
        return squashed(picture_files.pixels(path), size)
    except DataError as error:
        return error


def _digest(pixels: Array) -> str:
    return hashlib.sha256(f"{pixels.shape}".encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()
