"""Which pictures float and int8 are judged on: others than those that were calibrated on, where it can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fastscnn.console import Console
from fastscnn.data import picture_files
from fastscnn.data.class_names import matched
from fastscnn.data.datasets import Picture, Sample, open_dataset, squashed
from fastscnn.data.folders import kind_of
from fastscnn.data.scores import chosen
from fastscnn.errors import ClassesError, DataError
from fastscnn.info import ModelInfo, Size
from quantize import calibration
from quantize.judge import Trial

JUDGED = 128
SPLITS = ("val", "test", "train")
"""The first that a data set has is judged on."""


def of(data: Path, info: ModelInfo, size: Size, limit: int | None, console: Console) -> Trial:
    """A data set's val with its masks, where they are of the network's classes; else photographs alone."""
    wanted = limit or JUDGED
    if kind_of(data) is None:
        samples = chosen([Sample(path, None) for path in calibration.held_back(data)], wanted)
        return Trial("photographs", len(samples), _photographs(samples, size))
    dataset = open_dataset(data)
    split = next(name for name in SPLITS if name in dataset.splits)
    samples = chosen(dataset.samples(split), wanted)
    try:
        meaning = matched(info.classes, dataset.classes)
    except ClassesError as error:
        console.warn(f"{error.message} The masks are not used: int8 is judged by labels equal to float's.")
        return Trial(split, len(samples), _photographs(samples, size))
    for line in meaning.notes:
        console.say(f"note: {line}")
    return Trial(split, len(samples), dataset.stream(samples), dataset.classes, meaning)


def _photographs(samples: Sequence[Sample], size: Size) -> Iterator[Picture]:
    """At the network's size; those that cannot be read were named when pictures were calibrated on."""
    for sample in samples:
        try:
            pixels = picture_files.pixels(sample.image)
        except DataError:
            continue
        yield Picture(Sample(sample.image, None), squashed(pixels, size), None)
