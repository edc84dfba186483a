"""The trainer learns, repeats itself, and continues exactly where it stood."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fastscnn.data.datasets import Dataset, open_dataset
from fastscnn.errors import CheckpointError, OutputError
from fastscnn.info import Preprocessing
from fastscnn.network import training_state
from fastscnn.network.network import FastSCNN
from fastscnn.network.objective import Teacher
from fastscnn.network.recipe import Recipe, small_then_full
from fastscnn.network.train import Trainer
from tests.data import sets

RECIPE = Recipe((64, 96), epochs=4, batch=4, phases=small_then_full((64, 96), 0.5))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(sets.lesson(tmp_path_factory.mktemp("lesson")))


def weights(trainer: Trainer) -> dict[str, Tensor]:
    found = {f"averaged.{k}": v for k, v in trainer.averaged.network.state_dict().items()}
    return found | trainer.objective.state_dict()


def same(one: Trainer, two: Trainer) -> bool:
    mine, theirs = weights(one), weights(two)
    return all(torch.equal(mine[name], theirs[name]) for name in mine | theirs)


@pytest.mark.slow
def test_a_network_learns_a_small_lesson(dataset: Dataset) -> None:
    trainer = Trainer(dataset, replace(RECIPE, epochs=25, seed=3))
    before = trainer.validate().miou()
    losses = [trainer.run_epoch()["loss"] for _ in range(25)]
    assert losses[-1] < 0.5 * losses[0]
    assert before is not None
    assert (trainer.validate().miou() or 0) > max(0.8, before)


def test_the_same_seed_gives_the_same_weights(dataset: Dataset) -> None:
    runs = [Trainer(dataset, RECIPE) for _ in range(2)]
    for trainer in runs:
        trainer.run_epoch()
    assert same(*runs)
    other = Trainer(dataset, replace(RECIPE, seed=2))
    other.run_epoch()
    assert not same(runs[0], other)


def test_a_resumed_run_is_the_uninterrupted_one(dataset: Dataset, tmp_path: Path) -> None:
    whole = Trainer(dataset, RECIPE)
    for _ in range(4):
        whole.run_epoch()
    first = Trainer(dataset, RECIPE)
    first.run_epoch()
    training_state.save(first, tmp_path / "run.training")
    torch.manual_seed(12345)
    second = Trainer(dataset, RECIPE)
    training_state.resume(second, tmp_path / "run.training")
    while second.progress.epoch < 4:
        second.run_epoch()
    assert same(whole, second)


def test_another_recipe_is_not_resumed(dataset: Dataset, tmp_path: Path) -> None:
    training_state.save(Trainer(dataset, RECIPE), tmp_path / "run.training")
    other = Trainer(dataset, replace(RECIPE, learning_rate=1e-3, epochs=5))
    with pytest.raises(CheckpointError, match="another epochs, learning_rate"):
        training_state.resume(other, tmp_path / "run.training")


@pytest.mark.parametrize("damage", ["missing", "cut", "nonsense"])
def test_a_damaged_state_is_named(dataset: Dataset, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.training"
    trainer = Trainer(dataset, RECIPE)
    training_state.save(trainer, path)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:5000] if damage == "cut" else b"hello")
    with pytest.raises(CheckpointError, match=r"run\.training"):
        training_state.resume(trainer, path)


def test_a_full_disk_leaves_the_last_good_state(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.training"
    trainer = Trainer(dataset, RECIPE)
    training_state.save(trainer, path)
    good = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        training_state.save(trainer, path)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == ["run.training"]


def test_a_frozen_norm_keeps_its_statistics(dataset: Dataset) -> None:
    trainer = Trainer(dataset, replace(RECIPE, frozen_norm=True))
    before = {k: v.clone() for k, v in trainer.network.state_dict().items() if "running" in k}
    trainer.run_epoch()
    after = trainer.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_teacher_is_heard_and_stays_as_it_is(dataset: Dataset) -> None:
    torch.manual_seed(7)
    teacher = Teacher(FastSCNN(3), Preprocessing(), Preprocessing())
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    alone, taught = Trainer(dataset, RECIPE), Trainer(dataset, RECIPE, teacher=teacher)
    batch = alone.loader.batch(0, 0)
    assert taught.step(0, 0, batch) > alone.step(0, 0, batch)
    assert not same(alone, taught)
    assert all(torch.equal(before[name], value) for name, value in teacher.state_dict().items())
    assert weights(alone).keys() == weights(taught).keys()


def test_a_teacher_gets_its_own_preprocessing() -> None:
    class Identity(FastSCNN):
        def forward(self, x: Tensor) -> Tensor:
            return x

    own = Preprocessing(order="bgr", mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0))
    student = Preprocessing()
    pixels = torch.tensor([10.0, 20.0, 30.0])
    given = (pixels - torch.tensor(student.mean)) / torch.tensor(student.std)
    seen = Teacher(Identity(2), own, student)(given.view(1, 3, 1, 1)).flatten()
    expected = (pixels.flip(0) - torch.tensor(own.mean)) / torch.tensor(own.std)
    assert torch.allclose(seen, expected, atol=1e-5)


def test_loading_is_no_part_of_a_steps_time(dataset: Dataset) -> None:
    figures = Trainer(dataset, RECIPE).run_epoch()
    assert 0 <= figures["waited"] < figures["seconds"]
    assert figures["images_per_second"] == pytest.approx(16 / figures["seconds"])


def test_curves_are_drawn_and_written(tmp_path: Path) -> None:
    history = [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0, "miou": 0.5}]
    training_state.save_curves(history, tmp_path / "net")
    assert (tmp_path / "net.curves.png").read_bytes().startswith(b"\x89PNG")
    assert '"miou": 0.5' in (tmp_path / "net.curves.json").read_text()
