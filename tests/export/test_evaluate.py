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

from export.class_names import matched
from export.confusion_picture import confusion_picture
from export.evaluate import Score, chosen, evaluate
from export.models import open_model
from fastscnn.console import Console
from fastscnn.data.datasets import Dataset, Picture, Sample, open_dataset
from fastscnn.errors import DataError
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


def test_a_class_that_the_data_set_has_no_name_for_is_a_miss() -> None:
    score = Score.empty(("a", "b"))
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    picture = Picture(Sample(Path("p"), Path("m")), np.zeros((1, 4, 3), np.uint8), truth)
    score.add(picture, np.array([[0, 2, 1, 1]]))
    assert score.per_class() == {"a": 0.5, "b": 1.0}
    assert score.miou() == 0.75


def test_the_worst_come_first_and_are_few() -> None:
    score = Score.empty(("a", "b"))
    truth = np.zeros((1, 10), np.uint8)
    for wrong in (3, 9, 0, 5, 7, 1, 9):
        predicted = np.zeros((1, 10), int)
        predicted[:, :wrong] = 1
        name = Path(f"{score.images}-{wrong}.png")
        score.add(Picture(Sample(name, name), np.zeros((1, 10, 3), np.uint8), truth), predicted)
    worst = score.worst_first()
    assert [sample.image.name for _, sample in worst] == ["1-9.png", "6-9.png", "4-7.png", "3-5.png"]
    assert worst[0][0] == pytest.approx(0.1), "over the classes that the picture has"


def test_a_picture_without_a_mask_is_named() -> None:
    picture = Picture(Sample(Path("alone.png"), None), np.zeros((2, 2, 3), np.uint8), None)
    with pytest.raises(DataError, match=r"alone\.png has no mask"):
        Score.empty(("a",)).add(picture, np.zeros((2, 2), int))


def test_a_limit_takes_pictures_evenly() -> None:
    samples = [Sample(Path(str(number)), None) for number in range(10)]
    assert [sample.image.name for sample in chosen(samples, 4)] == ["0", "2", "5", "7"]
    assert chosen(samples, None) == chosen(samples, 10) == chosen(samples, 99) == samples


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


def test_the_figures_are_torchmetrics_to_the_last_digits() -> None:
    random = np.random.default_rng(3)
    score, metric = Score.empty(tuple("abcde")), MulticlassJaccardIndex(5, average="none", ignore_index=255)
    macro = MulticlassJaccardIndex(5, average="macro", ignore_index=255)
    for _ in range(4):
        truth = random.choice([0, 1, 2, 3, 255], (40, 30)).astype(np.uint8)
        predicted = random.integers(0, 4, (40, 30))
        score.add(Picture(Sample(Path("p"), None), np.zeros((40, 30, 3), np.uint8), truth), predicted)
        for one in (metric, macro):
            one.update(torch.from_numpy(predicted), torch.from_numpy(truth.astype(np.int64)))
    ious = score.per_class()
    assert ious.pop("e") is None
    assert list(ious.values()) == pytest.approx(metric.compute().tolist()[:4], abs=1e-6)
    assert score.miou() == pytest.approx(float(macro.compute()), abs=1e-6)


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
