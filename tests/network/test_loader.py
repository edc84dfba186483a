"""Batches are fixed by the seed, however they are made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastscnn.data.datasets import open_dataset
from fastscnn.errors import DataError
from fastscnn.info import Preprocessing
from fastscnn.network.loader import Loader, Pictures
from fastscnn.network.recipe import Recipe, small_then_full
from tests.data import sets

RECIPE = Recipe((48, 64), epochs=10, batch=4, phases=small_then_full((48, 64), 0.5))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    dataset = open_dataset(sets.lesson(tmp_path_factory.mktemp("lesson")))
    return Pictures(dataset, dataset.samples("train"))


def loader(pictures: Pictures, recipe: Recipe = RECIPE, **how: int) -> Loader:
    return Loader(pictures, recipe, Preprocessing(), **how)


def test_the_same_seed_gives_the_same_batches_whatever_the_workers(pictures: Pictures) -> None:
    one, two = loader(pictures), loader(pictures, workers=3)
    pairs = list(zip(one.epoch(3), two.epoch(3), strict=True))
    assert len(pairs) == one.steps == 4
    for a, b in pairs:
        assert np.array_equal(a.pixels, b.pixels)
        assert np.array_equal(a.masks, b.masks)


def test_another_seed_epoch_or_step_gives_another_batch(pictures: Pictures) -> None:
    first = loader(pictures).batch(0, 0).pixels
    others = [
        loader(pictures).batch(1, 0),
        loader(pictures).batch(0, 1),
        loader(pictures, replace(RECIPE, seed=2)).batch(0, 0),
    ]
    assert all(not np.array_equal(first, other.pixels) for other in others)


def test_the_processes_shares_make_the_whole_batch(pictures: Pictures) -> None:
    whole = loader(pictures).batch(2, 1)
    shares = [loader(pictures, rank=rank, world=2).batch(2, 1) for rank in (0, 1)]
    assert np.array_equal(np.concatenate([s.pixels for s in shares]), whole.pixels)
    assert np.array_equal(np.concatenate([s.masks for s in shares]), whole.masks)


def test_crops_grow_to_the_full_size(pictures: Pictures) -> None:
    assert loader(pictures).batch(4, 0).masks.shape == (4, 32, 48)
    assert loader(pictures).batch(5, 0).masks.shape == (4, 48, 64)


def test_rare_crops_show_rare_classes_more_often(tmp_path: Path) -> None:
    dataset = open_dataset(sets.lesson(tmp_path, train=16))
    found = Pictures(dataset, dataset.samples("train"))
    shares = [
        np.mean([b.masks == 2 for b in loader(found, replace(RECIPE, rare_crops=share)).epoch(0)])
        for share in (0.0, 1.0)
    ]
    assert shares[1] > 1.1 * shares[0]


def test_a_set_too_large_for_memory_is_read_from_disk_and_gives_the_same(pictures: Pictures) -> None:
    small = Pictures(pictures.dataset, pictures.samples, in_memory=100_000)
    assert pictures.held
    assert not small.held
    assert np.array_equal(small.counts, pictures.counts)
    assert np.array_equal(loader(small).batch(0, 0).pixels, loader(pictures).batch(0, 0).pixels)


def test_a_picture_that_breaks_while_training_is_named(tmp_path: Path) -> None:
    dataset = open_dataset(sets.lesson(tmp_path))
    found = Pictures(dataset, dataset.samples("train"), in_memory=0)
    for sample in dataset.samples("train"):
        sample.image.write_bytes(b"no picture")
    with pytest.raises(DataError, match="cannot be read"):
        next(loader(found).epoch(0))
