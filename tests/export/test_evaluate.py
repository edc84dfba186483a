"""One confusion matrix over all pictures, equal to what others count, in memory that does not grow."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional
from torchmetrics.classification import MulticlassConfusionMatrix, MulticlassJaccardIndex

from export.confusion_picture import confusion_picture
from export.evaluate import evaluate
from export.models import open_model
from fastscnn.console import Console
from fastscnn.data.class_names import matched
from fastscnn.data.datasets import Dataset, Sample, open_dataset
from fastscnn.data.scores import Score, chosen
from fastscnn.graph.graph import Array
from tests.data import sets
from tests.export.models import CLASSES, COLORS, embedded, seeing_colors

QUIET = Console(quiet=True)
pytestmark = pytest.mark.usefixtures("one_thread")


def painted(root: Path, count: int, size: tuple[int, int] = (32, 48), block: int = 8) -> Path:
    """Pictures painted in the classes' colours, block by block, with their true masks."""
    rows = "".join(f"{name} {r} {g} {b}\n" for name, (r, g, b) in zip(CLASSES, COLORS, strict=True))
    root.mkdir(parents=True, exist_ok=True)
    (root / "classes.txt").write_text(rows)
    (root / "images").mkdir()
    (root / "masks").mkdir()
    for number in range(count):
        blocks = np.random.default_rng(number).integers(0, 3, (size[0] // block, size[1] // block))
        mask = blocks.repeat(block, 0).repeat(block, 1).astype(np.uint8)
        Image.fromarray(np.array(COLORS, np.uint8)[mask]).save(root / "images" / f"{number:03}.png")
        Image.fromarray(mask).save(root / "masks" / f"{number:03}.png")
    return root


def scored(dataset: Dataset, limit: int | None = None) -> Score:
    model = seeing_colors(stride=1)
    samples = chosen(dataset.samples("val"), limit)
    return evaluate(model, dataset, samples, matched(model.info.classes, dataset.classes), QUIET)


def test_who_sees_every_colour_is_right_everywhere(tmp_path: Path) -> None:
    score = scored(open_dataset(painted(tmp_path, 4)))
    assert score.miou() == 1.0
    assert score.per_class() == dict.fromkeys(CLASSES, 1.0)
    assert score.images == 4


def test_void_does_not_count_and_an_absent_class_has_no_figure(tmp_path: Path) -> None:
    dataset = open_dataset(painted(tmp_path, 1))
    mask = np.full((32, 48), 255, np.uint8)
    mask[:8] = 0
    mask[8:16] = 1
    Image.fromarray(mask).save(tmp_path / "masks" / "000.png")
    pixels = np.array(COLORS, np.uint8)[np.where(mask == 255, 2, mask)]
    Image.fromarray(pixels).save(tmp_path / "images" / "000.png")
    score = scored(dataset)
    assert score.per_class() == {"sky": 1.0, "road": 1.0, "car": None}
    assert score.miou() == 1.0
    assert score.as_json()["pixels"] == 16 * 48


def test_torchmetrics_counts_the_same_on_torchs_own_logits(tmp_path: Path) -> None:
    """The whole way again, by other hands: Pillow, torch's network, torch's interpolation, torchmetrics."""
    root = sets.CAMVID if sets.CAMVID.is_dir() else sets.camvid(tmp_path, val=3)
    dataset, size = open_dataset(root), (120, 160)
    samples = chosen(dataset.samples("val"), 3)
    model = open_model(size=size)
    score = evaluate(model, dataset, samples, matched(model.info.classes, dataset.classes), QUIET)

    info, count = embedded().info, len(dataset.classes)
    none = MulticlassJaccardIndex(count, average="none", ignore_index=255)
    mean = MulticlassJaccardIndex(count, average="macro", ignore_index=255)
    matrix = MulticlassConfusionMatrix(count, ignore_index=255)
    for sample in samples:
        assert sample.mask is not None
        truth = np.asarray(Image.open(sample.mask)).astype(np.int64)
        truth[truth == 11] = 255
        image = Image.open(sample.image).convert("RGB").resize(size[::-1], Image.Resampling.BILINEAR)
        normal = (np.asarray(image, np.float32) - info.preprocessing.mean) / info.preprocessing.std
        batch = torch.from_numpy(normal.transpose(2, 0, 1)[None].astype(np.float32))
        with torch.inference_mode():
            logits = functional.interpolate(
                embedded().network(batch),
                size=truth.shape,
                mode="bilinear",
                align_corners=info.align_corners,
            )
        for metric in (none, mean, matrix):
            metric.update(logits.argmax(1), torch.from_numpy(truth)[None])
    counts = matrix.compute().numpy()
    assert np.abs(score.confusion.counts[:count, :count] - counts).sum() < 1e-4 * counts.sum(), "ties apart"
    assert score.miou() == pytest.approx(float(mean.compute()), abs=1e-4)
    for found, expected in zip(score.per_class().values(), none.compute().tolist(), strict=True):
        assert found == pytest.approx(expected, abs=2e-4)


def test_memory_is_flat_over_the_pictures(tmp_path: Path) -> None:
    size = (96, 192)
    dataset = open_dataset(painted(tmp_path, 4, size))
    model = seeing_colors(size)
    meaning = matched(model.info.classes, dataset.classes)

    def peak(count: int) -> int:
        samples: list[Sample] = list(dataset.samples("val")) * (count // 4)
        tracemalloc.start()
        evaluate(model, dataset, samples, meaning, QUIET)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(8)
    picture = size[0] * size[1] * 3
    assert peak(200) - peak(12) < 3 * picture, "200 pictures held would be 188 more"


def test_the_confusion_picture_shows_shares_and_gaps(tmp_path: Path) -> None:
    score = scored(open_dataset(painted(tmp_path, 2)))
    plain: Array = np.asarray(confusion_picture(score))
    assert (plain == (24, 78, 140)).all(axis=2).any(), "100 % in full colour"
    score.confusion.counts[0, -1] = 5
    assert confusion_picture(score).height > plain.shape[0], "a column for what has no name, named above"
