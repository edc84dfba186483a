"""A run of fastscnn-quantize as it was asked for, its options checked. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fastscnn.errors import OutputError, UsageError
from fastscnn.info import Size
from fastscnn.options import size_of, variant_of

SUFFIX = ".int8.safetensors"
FEWEST = 8
"""Pictures to calibrate on: the ranges of fewer say little about the next one."""
EPOCHS = 6
"""Of a fine-tuning, where --epochs does not say."""


@dataclass(frozen=True)
class Training:
    """What --qat was asked for."""

    epochs: int = EPOCHS
    learning_rate: float | None = None
    seed: int = 1
    resume: bool = False


@dataclass(frozen=True)
class Request:
    """A quantization; None where a default depends on what the checkpoint or a recipe says."""

    data: Path
    out: Path
    checkpoint: Path | None = None
    input: Literal["image", "tensor"] = "image"
    size: Size | None = None
    pictures: int | None = None
    training: Training | None = None
    reduce_range: bool = False
    recipe: Path | None = None
    exclude: tuple[str, ...] = ()
    sensitivity: bool = False
    limit: int | None = None
    max_miou_loss: float = 1.0
    """In points."""
    min_agreement: float = 0.90
    layout: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    classes: Path | None = None
    threads: int | None = None
    force: bool = False

    @property
    def stem(self) -> str:
        """What the files beside --out begin with."""
        return self.out.name.removesuffix(SUFFIX)


def request_of(given: argparse.Namespace) -> Request:
    """The request that the options spell; UsageError where they contradict each other."""
    if not given.out.name.endswith(SUFFIX) or given.out.name == SUFFIX:
        raise UsageError(
            f"--out {given.out} does not end in {SUFFIX}.",
            f"Quantized files are called NAME{SUFFIX}: other commands know them by that.",
        )
    if given.out.is_dir():
        raise UsageError(f"--out {given.out} is a folder.", "Name a file.")
    if not given.out.parent.is_dir():
        raise OutputError(
            f"--out {given.out}: the folder {given.out.parent} does not exist.", "Make it first."
        )
    if given.pictures is not None and given.pictures < FEWEST:
        raise UsageError(
            f"--pictures {given.pictures} are too few to calibrate on.", f"At least {FEWEST} are needed."
        )
    return Request(
        data=given.data,
        out=given.out,
        checkpoint=given.checkpoint,
        input=given.input,
        size=size_of(given.size) if given.size is not None else None,
        pictures=given.pictures,
        training=_training(given),
        reduce_range=given.reduce_range,
        recipe=given.recipe,
        exclude=tuple(given.exclude),
        sensitivity=given.sensitivity,
        limit=given.limit,
        max_miou_loss=given.max_miou_loss,
        min_agreement=given.min_agreement,
        layout=given.layout,
        variant=variant_of(given.variant),
        classes=given.classes,
        threads=given.threads,
        force=given.force,
    )


def _training(given: argparse.Namespace) -> Training | None:
    wishes = {
        "--epochs": given.epochs,
        "--learning-rate": given.learning_rate,
        "--seed": given.seed,
        "--resume": given.resume or None,
    }
    if not given.qat:
        for option, value in wishes.items():
            if value is not None:
                raise UsageError(f"{option} means nothing without --qat.", "Add --qat, or leave it out.")
        return None
    return Training(
        epochs=given.epochs or EPOCHS,
        learning_rate=given.learning_rate,
        seed=1 if given.seed is None else given.seed,
        resume=given.resume,
    )
