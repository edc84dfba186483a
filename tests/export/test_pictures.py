"""The pictures that artifacts are compared on: real ones, from the right split, never masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export import pictures
from fastscnn.console import Console
from fastscnn.errors import DataError

QUIET = Console(quiet=True)
SIZE = (40, 60)


def save(path: Path, value: int = 0, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (60, 40), value).save(path)
    return path


def test_without_a_folder_they_are_the_street_photographs_inside() -> None:
    loaded = pictures.load(None, SIZE, QUIET)
    assert len(loaded) == pictures.COMPARED
    assert {picture.pixels.shape for picture in loaded} == {(*SIZE, 3)}
    assert all(picture.pixels.std() > 20 for picture in loaded), "photographs, not blanks"


def test_they_are_spread_over_a_plain_folder_and_what_lies_below_it(tmp_path: Path) -> None:
    for index in range(9):
        save(tmp_path / f"part{index % 2}" / f"{index}.png")
    assert len(pictures.load(tmp_path, SIZE, QUIET)) == pictures.COMPARED
    assert len(pictures.found(tmp_path)) == 9


def test_of_a_data_set_they_are_the_validation_pictures_and_no_masks(tmp_path: Path) -> None:
    for split in ("train", "val"):
        save(tmp_path / split / f"{split}.png")
        save(tmp_path / f"{split}annot" / f"{split}.png", mode="L")
    assert pictures.found(tmp_path) == [tmp_path / "val" / "val.png"]


def test_a_data_set_without_validation_gives_what_it_has(tmp_path: Path) -> None:
    save(tmp_path / "train" / "a.png")
    save(tmp_path / "trainannot" / "a.png", mode="L")
    assert pictures.found(tmp_path) == [tmp_path / "train" / "a.png"]


def test_one_s_own_folder_of_images_and_masks_gives_images_alone(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("road\nsky\n")
    for name in "abcdef":
        save(tmp_path / "images" / f"{name}.png")
        save(tmp_path / "masks" / f"{name}.png", mode="L")
    assert {path.parent.name for path in pictures.found(tmp_path)} == {"images"}


def test_a_broken_picture_is_skipped_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "good.png")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    assert [picture.name for picture in pictures.load(tmp_path, SIZE, QUIET)] == ["good.png"]
    assert "broken.jpg" in capsys.readouterr().err


def test_broken_pictures_alone_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match="no picture that can be read"):
        pictures.load(tmp_path, SIZE, QUIET)


def test_pixels_are_pillow_s_own(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    wanted = np.asarray(Image.fromarray(noise).resize((60, 40), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(pictures.opened(tmp_path / "noise.png", SIZE), wanted)
