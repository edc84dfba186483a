"""Fine-tuning with every number rounded: it learns, repeats itself, continues where it stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fastscnn.console import Console
from fastscnn.data.datasets import open_dataset
from fastscnn.errors import CheckpointError
from fastscnn.graph import file
from fastscnn.graph.graph import Conv, Graph
from fastscnn.info import ModelInfo
from fastscnn.network.checkpoint import Checkpoint
from quantize import ptq, qat, qat_data
from quantize.calibration import Calibration
from quantize.ptq import Quantized
from quantize.qat_data import Lessons
from quantize.recipe import Recipe
from tests.data import sets
from tests.network import untrained

SIZE = (64, 96)
QUIET = Console(quiet=True)


@dataclass(frozen=True)
class Pupil:
    """A random network, and the lesson that it may learn."""

    checkpoint: Checkpoint
    calibration: Calibration
    data: Path

    def trained(self, **options: Any) -> Quantized:
        wishes = {
            "epochs": 2,
            "learning_rate": 0.01,
            "batch": 2,
            "teaching": 1.0,
            "threads": 1,
            "console": QUIET,
            **options,
        }
        return qat.train(self.checkpoint, self.calibration, wishes.pop("data", self.data), **wishes)


@pytest.fixture(scope="module")
def pupil(tmp_path_factory: pytest.TempPathFactory) -> Pupil:
    data = sets.lesson(tmp_path_factory.mktemp("lesson") / "lesson", train=8, val=2)
    pictures = [picture.pixels for picture in open_dataset(data).stream(open_dataset(data).samples("train"))]
    info = ModelInfo(
        "fastscnn", ("sky", "road", "car"), ((0, 0, 0), (1, 1, 1), (2, 2, 2)), align_corners=False
    )
    batch = torch.from_numpy(np.stack(pictures).astype(np.float32) / 128 - 1).permute(0, 3, 1, 2)
    network = untrained.untrained(3, batch)
    checkpoint = Checkpoint(network, info, {}, (), (), "fastscnn", "")
    return Pupil(checkpoint, Calibration.of(pictures[:8]), data)


def content(quantized: Quantized) -> bytes:
    return file.dump(quantized.graph, quantized.info, quantized.record)


def weights(graph: Graph) -> list[bytes]:
    return [conv.weight.tobytes() for _, conv in graph.of(Conv)]


@pytest.fixture(scope="module")
def whole(pupil: Pupil) -> Quantized:
    """An uninterrupted run."""
    return pupil.trained()


def test_the_network_learns_in_int8(whole: Quantized) -> None:
    history = whole.record["qat"]["history"]
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert history[2]["loss"] < history[1]["loss"]
    assert max(row["mIoU"] for row in history[1:]) > history[0]["mIoU"] + 0.05


def test_ranges_stay_and_weights_move_and_the_record_says_so(pupil: Pupil, whole: Quantized) -> None:
    first = ptq.quantize(pupil.checkpoint, pupil.calibration, console=QUIET)
    assert [node.quant for node in whole.graph] == [node.quant for node in first.graph]
    assert all(
        mine != theirs for mine, theirs in zip(weights(whole.graph), weights(first.graph), strict=True)
    )
    assert whole.record["method"] == "qat"
    assert whole.record["qat"]["weights_changed"] is True
    assert whole.record["calibration"] == first.record["calibration"]


def test_what_was_trained_is_what_is_delivered(whole: Quantized) -> None:
    agreement = whole.record["qat"]["agreement"]
    assert agreement["greatest_steps"] <= 1
    assert agreement["layers"] == len(whole.graph.nodes) - 1
    assert agreement["oracle_a_step_apart"] < 0.01 * agreement["values"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(pupil: Pupil, whole: Quantized) -> None:
    assert content(pupil.trained()) == content(whole)
    assert content(pupil.trained(seed=2)) != content(whole)


class Killed(Console):
    """A console that is interrupted in the second epoch."""

    def progress(self, items: Iterable[Any], what: str, total: int) -> Iterator[Any]:
        for item in super().progress(items, what, total):
            if what.startswith("epoch 2"):
                raise KeyboardInterrupt
            yield item


@pytest.fixture(scope="module")
def left(pupil: Pupil, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a run that was interrupted leaves."""
    state = tmp_path_factory.mktemp("left") / "run.training"
    with pytest.raises(KeyboardInterrupt):
        pupil.trained(state=state, console=Killed(quiet=True))
    assert [path.name for path in state.parent.iterdir()] == ["run.training"]
    return state.read_bytes()


def test_an_interrupted_run_ends_as_the_uninterrupted_one(
    pupil: Pupil, whole: Quantized, left: bytes, tmp_path: Path
) -> None:
    state = tmp_path / "run.training"
    state.write_bytes(left)
    assert content(pupil.trained(state=state, resume=True)) == content(whole)


def test_only_the_same_run_is_resumed(pupil: Pupil, left: bytes, tmp_path: Path) -> None:
    state = tmp_path / "run.training"
    with pytest.raises(CheckpointError, match="does not exist"):
        pupil.trained(state=state, resume=True)
    state.write_bytes(left)
    with pytest.raises(CheckpointError, match="another training"):
        pupil.trained(state=state, resume=True, learning_rate=2e-3)
    with pytest.raises(CheckpointError, match="another recipe"):
        pupil.trained(state=state, resume=True, recipe=Recipe(reduce_range=True))
    state.write_bytes(left[:1000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        pupil.trained(state=state, resume=True)


@pytest.mark.slow
def test_without_masks_the_float_network_teaches_alone(pupil: Pupil, tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    for number, path in enumerate(sorted((pupil.data / "images" / "train").iterdir())):
        (folder / f"{number}.png").parent.mkdir(exist_ok=True)
        (folder / f"{number}.png").write_bytes(path.read_bytes())
    trained = pupil.trained(data=folder, learning_rate=1e-4).record["qat"]
    assert trained["judged_by"] == "agreement"
    assert trained["pictures"] == [8, 8]
    assert min(row["agreement"] for row in trained["history"]) > 0.8


@pytest.mark.slow
def test_layers_left_in_float_are_trained_in_float(pupil: Pupil) -> None:
    layer = "classifier.conv"
    trained = pupil.trained(epochs=1, recipe=Recipe(floats=(layer,)))
    float_layer = next(conv for node, conv in trained.graph.of(Conv) if node.name == layer)
    assert float_layer.weight.dtype == np.float32
    before = ptq.quantize(pupil.checkpoint, pupil.calibration, recipe=Recipe(floats=(layer,)), console=QUIET)
    same = next(conv for node, conv in before.graph.of(Conv) if node.name == layer)
    assert not np.array_equal(float_layer.weight, same.weight)


@pytest.mark.slow
def test_a_network_whose_first_layer_stays_in_float_takes_its_tensor_in_float(pupil: Pupil) -> None:
    recipe = Recipe(floats=("learning_to_downsample.conv.conv",), reduce_range=True)
    trained = pupil.trained(epochs=1, input="tensor", recipe=recipe)
    assert trained.graph.input.quant is None
    assert (
        max(int(np.abs(conv.weight).max()) for _, conv in trained.graph.of(Conv) if conv.scales is not None)
        == 63
    )


@pytest.mark.parametrize("pixels", [True, False])
def test_crops_are_whole_pixels_as_the_network_takes_them(pupil: Pupil, pixels: bool) -> None:
    recipe = replace(qat.training_recipe(SIZE, 1, 1, 1e-3, 4), rare_crops=1.0)
    info = pupil.checkpoint.info
    lessons = Lessons(qat_data.opened(pupil.data, info, QUIET), info, recipe, pixels=pixels)
    lesson = next(iter(lessons.epoch(0)))
    taken = lesson.pictures.permute(0, 2, 3, 1).numpy()
    if not pixels:
        taken = taken * np.array(info.preprocessing.std) + np.array(info.preprocessing.mean)
    np.testing.assert_allclose(taken, np.rint(taken), atol=1e-4)
    assert taken.min() > -1e-3
    assert taken.max() < 255 + 1e-3
    assert set(np.unique(lesson.masks.numpy())) <= {0, 1, 2, 255}
