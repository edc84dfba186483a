"""Which pictures an int8 network is judged on, and whether their masks count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastscnn.console import Console
from fastscnn.errors import DataError
from quantize import calibration, trials
from quantize.judge import Trial
from tests.data import sets
from tests.graphs import info_of
from tests.quantize import scenes

SIZE = (24, 32)


def trial(data: Path, classes: int = 11, limit: int | None = None) -> Trial:
    return trials.of(data, info_of(classes), SIZE, limit, Console(quiet=True))


def names(found: Trial) -> list[str]:
    return [picture.sample.image.name for picture in found.pictures]


def test_a_data_set_is_judged_on_val_with_its_masks(tmp_path: Path) -> None:
    found = trial(sets.camvid(tmp_path / "set", train=3, val=2))
    assert (found.split, found.count, len(found.classes)) == ("val", 2, 11)
    assert found.meaning is not None
    assert [picture.mask is not None for picture in found.pictures] == [True, True]


def test_a_limit_takes_pictures_evenly(tmp_path: Path) -> None:
    found = trial(sets.camvid(tmp_path / "set", train=1, val=9), limit=3)
    assert found.count == 3
    assert names(found) == ["00.png", "03.png", "06.png"]


def test_masks_of_other_classes_do_not_count_and_this_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = trial(sets.camvid(tmp_path / "set"), classes=5)
    assert found.meaning is None
    assert [picture.mask for picture in found.pictures] == [None, None]
    assert "The masks are not used" in capsys.readouterr().err


def test_a_small_folder_serves_for_both(tmp_path: Path) -> None:
    data = scenes.photographs(tmp_path / "few", 9)
    assert names(trial(data)) == [path.name for path in calibration.found(data)]


def test_of_a_large_folder_others_are_judged_on_than_were_calibrated_on(tmp_path: Path) -> None:
    data = scenes.photographs(tmp_path / "many", 41)
    judged = names(trial(data))
    assert len(judged) == 8
    assert not set(judged) & {path.name for path in calibration.found(data)}


def test_photographs_come_at_the_networks_size_and_unreadable_ones_not_at_all(tmp_path: Path) -> None:
    data = scenes.photographs(tmp_path / "few", 8)
    (data / "03.png").write_bytes(b"no picture")
    found = list(trial(data).pictures)
    assert len(found) == 7
    assert {picture.pixels.shape for picture in found} == {(*SIZE, 3)}


def test_a_mask_that_means_nothing_is_named(tmp_path: Path) -> None:
    data = sets.camvid(tmp_path / "set")
    sets.mask(data / "valannot" / "01.png", np.full(sets.SIZE, 77))
    with pytest.raises(DataError, match="value 77"):
        list(trial(data).pictures)
