"""What an int8 artifact is worth on labelled pictures, beside the float network on the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from export import pictures
from export.bundle import Staged
from export.formats import FORMATS
from export.forms import Form
from export.request import Request
from export.source import Source
from fastscnn.console import Console
from fastscnn.data.class_names import matched
from fastscnn.data.datasets import Dataset, Sample, open_dataset
from fastscnn.data.folders import kind_of
from fastscnn.data.scores import Score, chosen
from fastscnn.errors import ParityError
from fastscnn.graph.graph import Array
from quantize.judge import Judgement, Labels, Trial, judge

if TYPE_CHECKING:
    from export.models import Model

REMEDY = (
    "Calibrate on pictures like those it will see (--data), leave layers in float (fastscnn-quantize"
    " --sensitivity), train with quantization (fastscnn-quantize --qat), or allow more (--max-miou-loss)."
)


def compare(
    request: Request, source: Source, form: Form, staged: Mapping[str, Staged], console: Console
) -> dict[str, dict[str, Any]]:
    """A score an artifact, where --data has masks; raises ParityError where an int8 one lost too much.

    fp32 and fp16 files are proven equal by their logits: they are not scored again.
    """
    if request.data is None or form.precision != "int8" or kind_of(request.data) is None:
        return {}
    dataset = open_dataset(request.data)
    split = next(name for name in pictures.SPLITS if name in dataset.splits)
    before = _float_model(request, form) if source.network is not None else None
    found = {}
    for name, artifact in staged.items():
        samples = chosen(dataset.samples(split), FORMATS[name].scored)
        if before is None:
            found[name] = {"split": split, "pictures": len(samples), "float": None}
            found[name] |= {"int8": _alone(artifact, dataset, samples, console)}
            continue
        judgement = _beside(before, artifact, dataset, split, samples, console)
        if source.info.trained and (complaints := judgement.complaints(request.limits)):
            raise ParityError(
                f"{artifact.name} is worse than the float network, on {len(samples)} pictures of {split}:"
                f" {'; '.join(complaints)}.",
                REMEDY,
            )
        found[name] = judgement.as_json()
    return found


def _beside(
    before: Model, artifact: Staged, dataset: Dataset, split: str, samples: Sequence[Sample], console: Console
) -> Judgement:
    meaning = matched(before.info.classes, dataset.classes)
    trial = Trial(split, len(samples), dataset.stream(samples), dataset.classes, meaning)
    return judge(trial, before.labels, _one_at_a_time(_opened(artifact.path)), console)


def _alone(artifact: Staged, dataset: Dataset, samples: Sequence[Sample], console: Console) -> dict[str, Any]:
    model = _opened(artifact.path)
    meaning = matched(model.info.classes, dataset.classes)
    score = Score.empty(dataset.classes)
    for picture in console.progress(dataset.stream(samples), "judging", len(samples)):
        score.add(picture, meaning.of(model.labels(picture.pixels)))
    return {"miou": score.miou(), "per_class": score.per_class()}


def _opened(path: Path) -> Model:
    from export.models import open_model

    return open_model(path)


def _float_model(request: Request, form: Form) -> Model:
    from export.models import open_model

    return open_model(
        request.checkpoint,
        size=form.size,
        layout=request.layout,
        variant=request.variant,
        classes=request.classes,
    )


def _one_at_a_time(model: Model) -> Labels:
    """Pictures are judged side by side, but an interpreter holds one picture."""
    lock = Lock()

    def labels(pixels: Array) -> Array:
        with lock:
            return model.labels(pixels)

    return labels
