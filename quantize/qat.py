"""Quantization-aware training: the network is fine-tuned with every number rounded as it will be.

Batch norm is folded before the first step and ranges are those of PTQ: what is trained is what is delivered.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from fastscnn.console import Console
from fastscnn.errors import InputError
from fastscnn.graph import file
from fastscnn.info import Size
from fastscnn.network.recipe import Phase
from fastscnn.network.recipe import Recipe as TrainingRecipe
from quantize import ptq, qat_data, qat_state
from quantize.calibration import Calibration
from quantize.ptq import InputForm, Quantized
from quantize.qat_data import Lessons
from quantize.qat_judge import Watch
from quantize.qat_trainer import Start, Trainer
from quantize.recipe import Recipe
from quantize.request import EPOCHS
from quantize.weights import HIGHEST, HIGHEST_REDUCED

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint

LEARNING_RATE = 2e-4
"""Relative: at the peak a step moves a weight by about this part of its layer's typical weight."""
TEACHING = 10.0
"""Weight of the float network beside masks: masks alone teach what float missed, at other classes' cost."""
SCALES = (0.75, 1.5)
"""Range of a crop's magnification: near what it will see, for the ranges are those of whole pictures."""
SMALLEST_CROP = 32


def train(
    checkpoint: Checkpoint,
    calibration: Calibration,
    data: Path,
    *,
    epochs: int = EPOCHS,
    seed: int = 1,
    learning_rate: float = LEARNING_RATE,
    batch: int = 8,
    teaching: float = TEACHING,
    input: InputForm = "image",
    recipe: Recipe | None = None,
    state: Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    console: Console,
) -> Quantized:
    """The checkpoint's network in int8, fine-tuned on `data`: a data set, or a folder of photographs.

    `state` is the file that an interrupted run continues from; on a CPU with as many threads it ends bit for
    bit as if it had not been interrupted. The float network teaches everywhere, masks where there are any.
    """
    recipe = recipe or Recipe()
    if threads is not None:
        torch.set_num_threads(threads)
    teacher, _ = ptq.entrance(checkpoint, recipe, input)
    training = training_recipe(calibration.size, epochs, seed, learning_rate, batch, teaching)
    dataset = qat_data.opened(data, checkpoint.info, console)
    lessons = Lessons(dataset, checkpoint.info, training, pixels=input == "image")
    run = {
        "training": training.as_json(),
        "recipe": recipe.as_json(),
        "input": input,
        "calibration": calibration.as_json(),
        "checkpoint": hashlib.sha256(file.dump(teacher, checkpoint.info)).hexdigest(),
        "pictures": [len(lessons.train), len(lessons.val)],
        "masks": lessons.meaning is not None,
    }
    stored = qat_state.load(state, run) if state is not None and resume else None
    if stored is not None:
        start, record = stored.start(teacher), stored.record
    else:
        first = ptq.quantize(checkpoint, calibration, input=input, recipe=recipe, console=console)
        start, record = _start(first, recipe, input), first.record
    trainer = Trainer(start, teacher, lessons, training)
    if stored is not None:
        stored.restore(trainer)
    console.say(_told(trainer))
    for _ in _epochs(trainer, console):
        if state is not None:
            qat_state.save(trainer, run, record, state)
    graph, reference, agreement = trainer.finished()
    progress = trainer.progress
    trained = {
        "training": training.as_json(),
        "pictures": run["pictures"],
        "judged_by": trainer.judge.measure,
        "history": progress.history,
        "best_epoch": progress.best_epoch,
        "weights_changed": progress.best_epoch > 0,
        "agreement": agreement,
    }
    return Quantized(graph, checkpoint.info, {**record, "method": "qat", "qat": trained}, reference)


def training_recipe(
    size: Size, epochs: int, seed: int, learning_rate: float, batch: int, teaching: float = TEACHING
) -> TrainingRecipe:
    """The float training's recipe but for what is other here: no batch norm, weights near their best."""
    rows, columns = (max(SMALLEST_CROP, round(side / 24) * 16) for side in size)
    return TrainingRecipe(
        size,
        epochs=epochs,
        batch=batch,
        seed=seed,
        learning_rate=learning_rate,
        weight_decay=0.0,
        warmup=0.05,
        ema=0.98,
        distill=teaching,
        auxiliary=0.0,
        phases=(Phase(1.0, (rows, columns), SCALES),),
        validate_every=1,
        frozen_norm=True,
    )


def _start(first: Quantized, recipe: Recipe, input: InputForm) -> Start:
    reference = first.reference
    highest = HIGHEST_REDUCED if recipe.reduce_range else HIGHEST
    return Start(reference.graph, reference.quants, reference.floats, highest, input == "image")


def _epochs(trainer: Trainer, console: Console) -> Iterator[None]:
    """Judge the start, then train and judge epoch after epoch; yields after each."""
    progress, epochs = trainer.progress, trainer.recipe.epochs

    def judged(figures: dict[str, Any]) -> None:
        verdict = trainer.judged(_watched(console, "judging"))
        progress.history.append(figures | {trainer.judge.measure: verdict.value, "fallen": verdict.fallen})
        lost = f"  loss {figures['loss']:.3f}" if "loss" in figures else ""
        falls = "".join(f"  {name} -{100 * fall:.1f} points" for name, fall in verdict.fallen.items())
        value = f"val {trainer.judge.measure} {verdict.value:.4f}"
        console.say(f"epoch {figures['epoch']}/{epochs}{lost}  {value}{falls}")

    if not progress.history:
        judged({"epoch": 0})
        yield
    while progress.epoch < epochs:
        figures = trainer.run_epoch(_watched(console, f"epoch {progress.epoch + 1}/{epochs}"))
        if not math.isfinite(figures["loss"]):
            raise InputError(
                f"The fine-tuning diverged in epoch {figures['epoch']}.",
                "Lower --learning-rate. What was saved before is still there.",
            )
        judged(figures)
        yield


def _watched(console: Console, what: str) -> Watch:
    return lambda items, count: console.progress(items, what, count)


def _told(trainer: Trainer) -> str:
    lessons = trainer.lessons
    teachers = "masks and the float network" if lessons.meaning is not None else "the float network"
    return (
        f"fine-tuning in int8: {len(lessons.train)} pictures to learn from, {len(lessons.val)} to judge by;"
        f" taught by {teachers}"
    )
