"""What an evaluation leaves behind: its figures, the confusion matrix, and a look at the worst pictures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export import bundle
from export.confusion_picture import OTHER, confusion_picture
from export.evaluate import relative
from export.models import Model
from export.overlay import overlay
from fastscnn.data.class_names import Meaning
from fastscnn.data.datasets import Dataset, Sample
from fastscnn.data.masks import IGNORED
from fastscnn.data.scores import Score
from fastscnn.info import ModelInfo

FIGURES = "evaluation.json"
CONFUSION = "confusion.png"
VOID = "(does not count)"
GAP = 8


def document(model: Model, dataset: Dataset, split: str, meaning: Meaning, score: Score) -> dict[str, Any]:
    """What --json prints."""
    return {
        "schema": 1,
        **score.as_json(),
        "model": model.as_json(),
        "data": {
            "folder": str(dataset.root),
            "kind": dataset.kind,
            "split": split,
            "notes": list(meaning.notes),
        },
        "worst": [{"image": relative(s, dataset.root), "miou": iou} for iou, s in score.worst_first()],
    }


def deliver(
    out: Path,
    figures: dict[str, Any],
    model: Model,
    dataset: Dataset,
    meaning: Meaning,
    score: Score,
    *,
    force: bool,
) -> None:
    """Write everything beside its place, then rename it; nothing of other content is replaced unasked."""
    counts = {"rows": "truth", "columns": "predicted", "counts": score.confusion.counts.tolist()}
    content = {**figures, "confusion": {**counts, "classes": [*dataset.classes, OTHER]}}
    with bundle.staging(out, dry=False) as folder:
        artifacts = [
            bundle.stage(folder, FIGURES, (json.dumps(content, indent=2) + "\n").encode()),
            bundle.stage(folder, CONFUSION, png(confusion_picture(score))),
        ]
        for rank, (_, sample) in enumerate(score.worst_first(), 1):
            picture = compared(model, dataset, meaning, sample)
            artifacts.append(bundle.stage(folder, f"worst_{rank}.png", png(picture)))
        bundle.deliver(out, artifacts, force=force, documents=None, entries=None)


def compared(model: Model, dataset: Dataset, meaning: Meaning, sample: Sample) -> Image.Image:
    """The truth on the left, what the model saw on the right."""
    picture = dataset.read(sample)
    assert picture.mask is not None
    shown = ModelInfo(
        layout="",
        classes=(*dataset.classes, OTHER, VOID),
        colors=(*dataset.colors, (255, 255, 255), (0, 0, 0)),
    )
    truth = np.where(picture.mask == IGNORED, len(dataset.classes) + 1, picture.mask)
    panels = [
        overlay(picture.pixels, truth, shown),
        overlay(picture.pixels, meaning.of(model.labels(picture.pixels)), shown),
    ]
    joined = Image.new("RGB", (2 * panels[0].width + GAP, max(p.height for p in panels)), "white")
    for place, panel in enumerate(panels):
        joined.paste(panel, (place * (panel.width + GAP), 0))
    return joined


def png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()
