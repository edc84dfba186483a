"""The whole way of fastscnn-quantize: load, calibrate, decide, judge, deliver."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastscnn.console import Console
from fastscnn.data.limits import Limits
from fastscnn.errors import GateError, OutputError, RecipeError, UsageError
from fastscnn.graph import file, shapes
from fastscnn.graph.graph import Conv
from fastscnn.info import DEFAULT_SIZE, Size
from quantize import delivery, judge, report, trials
from quantize.judge import Judgement
from quantize.recipe import Recipe
from quantize.request import SUFFIX, Request

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint
    from quantize.calibration import Calibration
    from quantize.ptq import Quantized

REMEDY = (
    "See which layers it hurts (--sensitivity), train with quantization (--qat), calibrate on pictures like"
    " those it will see (--data), or allow more (--max-miou-loss, --min-agreement)."
)


def run(asked: Request, screen: Console) -> int:
    """Quantize as asked; the exit code."""
    if asked.training is not None and not asked.training.resume and asked.out.exists() and not asked.force:
        raise OutputError(f"{asked.out} exists.", "Add --resume to continue, --force to replace it.")
    recipe = _recipe(asked)
    checkpoint = _loaded(asked, screen)
    from fastscnn.graph.from_torch import lower

    size = asked.size or checkpoint.info.size or DEFAULT_SIZE
    graph = lower(checkpoint.network, names=checkpoint.names)
    # what cannot be exported is found now, not after calibration
    shapes.resolve(graph, size)
    if all(node.name in recipe.floats for node, _ in graph.of(Conv)):
        raise RecipeError("Every convolution is to stay in float.", "Leave some in int8.")
    quantized = _decided(asked, recipe, checkpoint, size, screen)
    judgement = judged(asked, checkpoint, quantized, size, screen)
    document: dict[str, Any] = {"schema": 1, "out": str(asked.out)}
    if asked.sensitivity:
        document["sensitivity"] = _sensitivity(asked, recipe, checkpoint, quantized, size, screen)
    _require(asked, checkpoint, judgement)
    record = {**quantized.record, "figures": judgement.as_json()}
    # what reads the file takes it at the size that its ranges were observed at, unless it is told otherwise
    data = file.dump(quantized.graph, replace(quantized.info, size=size), record)
    document["sha256"] = delivery.deliver(asked.out, data, force=asked.force)
    document["bytes"] = len(data)
    document["record"] = record
    report.say(asked.out, len(data), quantized.graph, judgement, screen)
    screen.document(document)
    return 0


def judged(
    asked: Request, checkpoint: Checkpoint, quantized: Quantized, size: Size, screen: Console
) -> Judgement:
    """The float network and the quantized Graph on the same pictures."""
    from fastscnn.data.datasets import squashed
    from fastscnn.graph import labels
    from fastscnn.graph.first_layer import normalised
    from fastscnn.graph.graph import Array
    from fastscnn.network import running as network_running
    from quantize import running

    # judged side by side: a second thread in each would wait for the other picture's
    compute = network_running.computing(checkpoint.network, 1)
    info = checkpoint.info

    def before(pixels: Array) -> Array:
        logits = compute(normalised(squashed(pixels, size), info.preprocessing))
        return labels.at(logits, size, (pixels.shape[0], pixels.shape[1]), info.align_corners)

    def after(pixels: Array) -> Array:
        return running.labels(quantized.graph, pixels, info, size)

    trial = trials.of(asked.data, info, size, asked.limit, screen)
    return judge.judge(trial, before, after, screen)


def _recipe(asked: Request) -> Recipe:
    """The recipe's file with what the options say beside it."""
    from quantize import recipe as recipes

    recipe = recipes.load(asked.recipe) if asked.recipe is not None else Recipe()
    floats = tuple(dict.fromkeys((*recipe.floats, *asked.exclude)))
    return replace(recipe, floats=floats, reduce_range=recipe.reduce_range or asked.reduce_range)


def _loaded(asked: Request, screen: Console) -> Checkpoint:
    if asked.checkpoint is not None and (
        asked.checkpoint.name.endswith(SUFFIX) or file.is_graph(asked.checkpoint)
    ):
        raise UsageError(
            f"{asked.checkpoint} is quantized already.", "Give the float checkpoint that it was made of."
        )
    # read when torch is loaded: threads that spin while they wait cost five times the time on a busy machine
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from fastscnn.data import classes
    from fastscnn.network import checkpoint

    if asked.threads is not None:
        torch.set_num_threads(asked.threads)
    loaded = checkpoint.load(
        asked.checkpoint,
        layout=asked.layout,
        variant=asked.variant,
        classes=classes.read(asked.classes) if asked.classes is not None else None,
    )
    for line in loaded.assumptions:
        screen.say(f"note: {line}")
    for line in loaded.warnings:
        screen.warn(line)
    return loaded


def _decided(
    asked: Request, recipe: Recipe, checkpoint: Checkpoint, size: Size, screen: Console
) -> Quantized:
    """The integers, by calibration or by training."""
    from quantize import calibration, ptq

    pictures: Calibration = calibration.choose(
        asked.data, size, screen, wanted=asked.pictures or calibration.WANTED
    )
    if asked.training is not None:
        from quantize import qat

        training = asked.training
        return qat.train(
            checkpoint,
            pictures,
            asked.data,
            epochs=training.epochs,
            seed=training.seed,
            learning_rate=training.learning_rate or qat.LEARNING_RATE,
            input=asked.input,
            recipe=recipe,
            state=asked.out.with_name(f"{asked.stem}.training"),
            resume=training.resume,
            threads=asked.threads,
            console=screen,
        )
    return ptq.quantize(checkpoint, pictures, input=asked.input, recipe=recipe, console=screen)


def _sensitivity(
    asked: Request,
    recipe: Recipe,
    checkpoint: Checkpoint,
    quantized: Quantized,
    size: Size,
    screen: Console,
) -> dict[str, Any]:
    """Measured, told, and left beside --out, whatever the gate will say."""
    from quantize import sensitivity_report

    return sensitivity_report.make(asked, recipe, checkpoint, quantized, size, screen)


def _require(asked: Request, checkpoint: Checkpoint, judgement: Judgement) -> None:
    """Raises GateError where int8 loses too much of what a trained network knows."""
    if not checkpoint.info.trained:
        return
    limits = Limits(miou_loss=asked.max_miou_loss / 100, agreement=asked.min_agreement)
    complaints = judgement.complaints(limits)
    if complaints:
        raise GateError(
            f"{asked.out} was not written: in int8, on {judgement.pictures} pictures of {judgement.split},"
            f" {'; '.join(complaints)}.",
            REMEDY,
        )
