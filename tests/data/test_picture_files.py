"""Pictures of every format that is read, and what is refused: files that only call themselves pictures."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fastscnn.data import picture_files
from fastscnn.errors import DataError

PICTURE = Image.linear_gradient("L").resize((48, 32)).convert("RGB")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "MPO", "BMP", "PPM", "WEBP", "TIFF"])
def test_photographs_are_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "street.jpg"
    PICTURE.save(path, form)
    picture_files.require_picture(path)
    found = picture_files.pixels(path).astype(int)
    assert np.abs(found - np.asarray(PICTURE)).mean() < 3


@pytest.mark.parametrize("form", ["GIF", "EPS", "PDF", "ICO"])
def test_other_formats_are_not_even_tried(form: str, tmp_path: Path) -> None:
    path = tmp_path / "street.jpg"
    PICTURE.save(path, form)
    with pytest.raises(DataError, match="cannot be read as a picture"):
        picture_files.pixels(path)


def test_a_picture_is_turned_as_it_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(tmp_path / "street.jpg", exif=exif)
    assert picture_files.pixels(tmp_path / "street.jpg").shape == (32, 48, 3)
    assert picture_files.pixels(tmp_path / "street.jpg", upright=True).shape == (48, 32, 3)


def test_a_size_beyond_memory_is_refused_by_the_header_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PICTURE.save(tmp_path / "street.png")
    monkeypatch.setattr(picture_files, "MOST_PIXELS", 1000)
    with pytest.raises(DataError, match="48x32 pixels"):
        picture_files.require_picture(tmp_path / "street.png")


def test_damage_of_any_kind_is_a_data_error(tmp_path: Path) -> None:
    stream = io.BytesIO()
    PICTURE.save(stream, "TIFF")
    whole = bytearray(stream.getvalue())
    path = tmp_path / "street.tif"
    refused = 0
    for place in range(0, 200, 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            picture_files.pixels(path, upright=True)
        except DataError:
            refused += 1
    assert refused


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match="no regular file"):
        picture_files.pixels(tmp_path / "pipe.png")
