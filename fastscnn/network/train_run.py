"""A training run from a folder to a file: what stands around the Trainer."""

from __future__ import annotations

import math
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from fastscnn import __version__
from fastscnn.console import Console
from fastscnn.data.datasets import Dataset, open_dataset
from fastscnn.errors import CheckpointError, InputError, LayoutError, MissingPackageError, UsageError
from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network import checkpoint, training_state
from fastscnn.network.layouts import OWN
from fastscnn.network.network import FastSCNN
from fastscnn.network.objective import Teacher
from fastscnn.network.processes import Processes, joined
from fastscnn.network.recipe import Recipe, small_then_full
from fastscnn.network.train import Trainer
from fastscnn.network.train_cli import Request


def train(asked: Request, screen: Console) -> int:
    """Train, validate, save; the exit code."""
    if asked.threads is not None:
        torch.set_num_threads(asked.threads)
    with joined(asked.device) as processes:
        trainer = prepared(asked, processes, screen)
        document = _trained(trainer, asked, screen)
    if processes.first:
        screen.document(document)
    return 0


def prepared(asked: Request, processes: Processes, screen: Console) -> Trainer:
    """A trainer as the request wants it; whatever is wrong is found before the first step."""
    if asked.out.exists() and not (asked.resume or asked.force):
        raise UsageError(f"{asked.out} exists.", "Add --resume to continue, --force to replace it.")
    if find_spec("matplotlib") is None:
        raise MissingPackageError(
            "Learning curves need matplotlib, which is not installed.",
            'Install it: pip install "fastscnn-mobile[train]".',
        )
    if asked.batch % processes.world:
        raise UsageError(
            f"--batch {asked.batch} cannot be shared by {processes.world} processes.", "Use a multiple."
        )
    dataset = open_dataset(asked.data, asked.kind)
    dataset.samples("val")
    initial, preprocessing = _initial(asked, dataset)
    size = asked.size or _first_size(dataset)
    recipe = Recipe(
        size,
        epochs=asked.epochs,
        batch=asked.batch,
        seed=asked.seed,
        learning_rate=asked.learning_rate,
        phases=small_then_full(size, asked.full_from),
    )
    trainer = Trainer(
        dataset,
        recipe,
        initial=initial,
        teacher=_teacher(asked, dataset, preprocessing),
        preprocessing=preprocessing,
        processes=processes,
        workers=asked.workers,
    )
    if asked.resume:
        training_state.resume(trainer, state_path(asked.out))
    if processes.first:
        # an output that cannot be written is found now, not after the first epoch
        training_state.save_curves(trainer.progress.history, asked.out.with_suffix(""))
        screen.say(
            f"{asked.data}: {dataset.kind}, {len(dataset.classes)} classes, "
            f"{len(trainer.pictures)} pictures to learn from, {len(dataset.samples('val'))} to judge by"
        )
    return trainer


def state_path(out: Path) -> Path:
    """What --resume reads."""
    return out.with_suffix(".training")


def _first_size(dataset: Dataset) -> tuple[int, int]:
    rows, columns = dataset.read(dataset.samples("train")[0]).pixels.shape[:2]
    return rows, columns


def _initial(asked: Request, dataset: Dataset) -> tuple[FastSCNN | None, Preprocessing]:
    if asked.initial is None:
        return None, Preprocessing()
    loaded = checkpoint.load(asked.initial)
    network = _trainable(loaded.network, asked.initial)
    if asked.new_head:
        torch.manual_seed(asked.seed)
        fresh = FastSCNN(len(dataset.classes), network.variant)
        network.classifier.conv = fresh.classifier.conv
        network.classes = fresh.classes
    elif network.classes != len(dataset.classes):
        raise LayoutError(
            f"{asked.initial} has {network.classes} classes, {asked.data} has {len(dataset.classes)}.",
            "If that is meant, --new-head starts with a new last convolution.",
        )
    return network.train().requires_grad_(True), loaded.info.preprocessing


def _trainable(network: Any, path: Path) -> FastSCNN:
    if not isinstance(network, FastSCNN):
        raise LayoutError(f"{path} is the simplified network, which is not trained here.", "Give another.")
    return network


def _teacher(asked: Request, dataset: Dataset, student: Preprocessing) -> Teacher | None:
    if asked.teacher is None:
        return None
    loaded = checkpoint.load(asked.teacher)
    if len(loaded.info.classes) != len(dataset.classes):
        raise CheckpointError(
            f"The teacher {asked.teacher} has {len(loaded.info.classes)} classes, "
            f"{asked.data} has {len(dataset.classes)}.",
            "A teacher must know the same classes.",
        )
    return Teacher(loaded.network, loaded.info.preprocessing, student)


def _trained(trainer: Trainer, asked: Request, screen: Console) -> dict[str, Any]:
    recipe, progress, first = trainer.recipe, trainer.progress, trainer.processes.first
    stem = asked.out.with_suffix("")
    bar = Bar(trainer, screen)
    while progress.epoch < recipe.epochs:
        figures = trainer.run_epoch(bar.tick if first else None)
        if not math.isfinite(figures["loss"]):
            raise InputError(
                f"The training diverged in epoch {figures['epoch']}.",
                "Lower --learning-rate. What was saved before is still there.",
            )
        if not first:
            continue
        if recipe.validates(progress.epoch):
            _judge(trainer, asked, figures)
        progress.history.append(figures)
        training_state.save(trainer, state_path(asked.out))
        training_state.save_curves(progress.history, stem)
        bar.told(figures)
    best = max((row for row in progress.history if "miou" in row), key=_miou, default={})
    return {
        "file": asked.out.name,
        "miou": best.get("miou"),
        "per_class": best.get("per_class", {}),
        "best_epoch": best.get("epoch"),
        "epochs": progress.epoch,
        "images_per_second": progress.history[-1]["images_per_second"] if progress.history else None,
    }


def _miou(row: dict[str, Any]) -> float:
    value = row["miou"]
    return -1.0 if value is None else float(value)


def _judge(trainer: Trainer, asked: Request, figures: dict[str, Any]) -> None:
    """Score the averaged network; save it where none was better."""
    confusion = trainer.validate()
    figures.update(confusion.as_json(trainer.dataset.classes))
    if _miou(figures) > trainer.progress.best or not asked.out.exists():
        trainer.progress.best = _miou(figures)
        checkpoint.save(trainer.averaged.network, described(trainer, asked, figures), asked.out)


def described(trainer: Trainer, asked: Request, figures: dict[str, Any]) -> ModelInfo:
    """What the delivered file says of itself."""
    return ModelInfo(
        layout=OWN,
        classes=trainer.dataset.classes,
        colors=trainer.dataset.colors,
        preprocessing=trainer.preprocessing,
        align_corners=trainer.network.variant.output_align_corners,
        size=trainer.recipe.size,
        trained=True,
        notes={
            "recipe": trainer.recipe.as_json(),
            "initial": asked.initial.name if asked.initial else None,
            "teacher": asked.teacher.name if asked.teacher else None,
            "validation": {"miou": figures["miou"], "per_class": figures["per_class"]},
            "epoch": figures["epoch"],
            "version": __version__,
            **asked.notes,
        },
    )


class Bar:
    """One line a step on a terminal, one line an epoch anywhere."""

    def __init__(self, trainer: Trainer, screen: Console) -> None:
        self.trainer = trainer
        self.screen = screen
        self.shown = sys.stderr.isatty() and not screen.quiet
        self.started = time.perf_counter()
        self.begun = trainer.progress.epoch * trainer.loader.steps

    def tick(self, step: int, loss: float) -> None:
        if not self.shown:
            return
        steps, epoch = self.trainer.loader.steps, self.trainer.progress.epoch
        filled = "#" * (20 * (step + 1) // steps)
        best = f"  mIoU {self.trainer.progress.best:.3f}" if self.trainer.progress.best >= 0 else ""
        left = self._left(epoch * steps + step + 1)
        place = f"epoch {epoch + 1}/{self.trainer.recipe.epochs} [{filled:<20}]"
        line = f"{place} loss {loss:.3f}{best}  {left} left"
        print(f"\r{line:<79}", end="", file=sys.stderr, flush=True)

    def told(self, figures: dict[str, Any]) -> None:
        """The line of an epoch."""
        if self.shown:
            print("\r", end="", file=sys.stderr)
        scored = f"  val mIoU {figures['miou']:.4f}" if figures.get("miou") is not None else ""
        left = self._left(self.trainer.progress.epoch * self.trainer.loader.steps)
        self.screen.say(
            f"epoch {figures['epoch']}/{self.trainer.recipe.epochs}  loss {figures['loss']:.3f}{scored}  "
            f"{figures['images_per_second']:.1f} images/s  {left} left"
        )

    def _left(self, done: int) -> str:
        spent = time.perf_counter() - self.started
        seconds = round(spent / max(1, done - self.begun) * (self.trainer.total_steps - done))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
