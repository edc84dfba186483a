"""Which pictures ranges are observed on, and what is said of those that are of no use."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fastscnn.console import Console
from fastscnn.errors import DataError
from fastscnn.graph.graph import Array
from quantize.calibration import Calibration, choose
from quantize.request import FEWEST
from tests.data import sets

SIZE = (24, 32)


def noise(seed: int, size: tuple[int, int] = SIZE) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def folder(root: Path, count: int = 10) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.fromarray(noise(number)).save(root / f"{number:02}.png")
    return root


def chosen(data: Path, **options: int) -> Calibration:
    return choose(data, SIZE, Console(quiet=True), **options)


def test_all_pictures_of_a_plain_folder_serve_whatever_they_are_called(tmp_path: Path) -> None:
    first = chosen(folder(tmp_path / "first"))
    names = [f"{letter}.png" for letter in "cadebjihgf"]
    (tmp_path / "second" / "deeper").mkdir(parents=True)
    for number, name in enumerate(names):
        Image.fromarray(noise(number)).save(tmp_path / "second" / ("deeper" if number % 2 else ".") / name)
    second = chosen(tmp_path / "second")
    assert first.as_json() == second.as_json()
    assert first.as_json()["pictures"] == 10
    np.testing.assert_array_equal(first.pictures, second.pictures)


def test_the_digest_is_of_the_pictures_not_of_their_order() -> None:
    pictures = [noise(seed) for seed in range(9)]
    before = Calibration.of(pictures)
    random.Random(1).shuffle(pictures)
    assert Calibration.of(pictures).sha256 == before.sha256
    changed = pictures[0].copy()
    changed[3, 4, 1] ^= 1
    assert Calibration.of([changed, *pictures[1:]]).sha256 != before.sha256


def test_a_data_set_calibrates_on_its_training_pictures(tmp_path: Path) -> None:
    data = sets.camvid(tmp_path / "data", train=9, val=2)
    train = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((data / "train").iterdir())]
    size = train[0].shape[:2]
    found = choose(data, (size[0], size[1]), Console(quiet=True))
    assert found.sha256 == Calibration.of(train).sha256


def test_more_pictures_than_wanted_are_taken_evenly(tmp_path: Path) -> None:
    found = chosen(folder(tmp_path / "data", 27), wanted=9)
    assert found.sha256 == Calibration.of([noise(number) for number in range(0, 27, 3)]).sha256


def test_others_take_the_places_of_the_useless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path / "data", 18)
    (data / "02.png").write_bytes(b"no picture")
    found = chosen(data, wanted=9)
    assert found.as_json()["pictures"] == 9
    expected = [noise(number) for number in (0, 4, 6, 8, 10, 12, 14, 16, 1)]
    assert found.sha256 == Calibration.of(expected).sha256
    assert "02.png" in capsys.readouterr().err


def test_pictures_are_squashed_to_the_networks_size(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", 8)
    Image.fromarray(noise(99, (50, 90))).save(data / "large.png")
    assert {picture.shape for picture in chosen(data).pictures} == {(*SIZE, 3)}


def test_unreadable_blank_and_repeated_pictures_are_skipped_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder(tmp_path / "data")
    (data / "torn.jpg").write_bytes((data / "01.png").read_bytes()[:200])
    Image.new("RGB", (40, 30), (7, 8, 9)).save(data / "wall.png")
    Image.fromarray(noise(3)).save(data / "twin.bmp")
    found = chosen(data)
    assert found.as_json()["pictures"] == 10
    said = capsys.readouterr().err
    assert said.count("It is skipped.") == 3
    for words in ("torn.jpg", "wall.png shows one colour only", "twin.bmp shows the same as"):
        assert words in said


def test_too_few_usable_pictures(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", FEWEST - 1)
    Image.fromarray(noise(0)).save(data / "again.png")
    with pytest.raises(DataError, match=f"{FEWEST - 1} pictures .* at least {FEWEST}") as caught:
        chosen(data)
    assert caught.value.exit_code == 2
    assert caught.value.remedy


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.write_text("x"), lambda path: None]
)
def test_no_pictures_at_all(tmp_path: Path, make: object) -> None:
    make(tmp_path / "data")  # type: ignore[operator]
    with pytest.raises(DataError):
        chosen(tmp_path / "data")
