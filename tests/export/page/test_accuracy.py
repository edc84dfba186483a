"""Per-class IoU comes from what was measured, then from what was recorded, and never from nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from export.page.accuracy import accuracies
from tests.export.page.reports import report

FIGURES: dict[str, Any] = {
    "split": "val",
    "pictures": 101,
    "float": {"miou": 0.66, "per_class": {"sky": 0.9, "road": None}},
    "int8": {"miou": 0.67, "per_class": {"sky": 0.89, "road": None}},
    "class_shares": {"sky": 0.2, "road": 0.0},
    "miou_change_95": [0.002, 0.018],
}


def test_measured_figures_come_before_recorded_ones() -> None:
    content = report()
    content["model"]["quantization"] = {"figures": {**FIGURES, "pictures": 7}}
    (recorded,) = accuracies(content)
    assert (recorded.origin, recorded.pictures) == ("recorded", 7)
    content["artifacts"][0]["parity"]["score"] = FIGURES
    (measured,) = accuracies(content)
    assert (measured.origin, measured.files) == ("measured", ("net_32x64_int8.tflite",))
    assert measured.mean.change == pytest.approx(0.01)
    assert measured.interval == (0.002, 0.018)
    sky, road = measured.rows
    assert sky.change == pytest.approx(-0.01)
    assert (road.before, road.change) == (None, None), "a class without pixels is no number"


def test_files_with_the_same_figures_share_a_table() -> None:
    content = report()
    content["artifacts"].append({**report()["artifacts"][0], "file": "net.onnx"})
    for artifact in content["artifacts"]:
        artifact["parity"]["score"] = FIGURES
    (table,) = accuracies(content)
    assert table.files == ("net_32x64_int8.tflite", "net.onnx")
    content["artifacts"][1]["parity"]["score"] = {**FIGURES, "pictures": 16}
    assert [table.pictures for table in accuracies(content)] == [101, 16]


def test_a_checkpoint_may_note_its_own() -> None:
    content = report()
    content["model"]["notes"]["validation"] = {"miou": 0.6, "per_class": {"sky": 0.6}}
    (noted,) = accuracies(content)
    assert (noted.origin, noted.mean.before, noted.mean.after) == ("noted", 0.6, None)


@pytest.mark.parametrize(
    "figures",
    [
        None,
        7,
        [],
        {"float": 3},
        {"int8": {"per_class": ["sky"]}},
        {"float": {"per_class": None}, "int8": {"per_class": {}}},
    ],
)
def test_what_is_no_figure_makes_no_table(figures: Any) -> None:
    content = report()
    content["model"]["quantization"] = {"figures": figures}
    assert accuracies(content) == []


def test_a_number_that_is_no_fraction_is_left_out() -> None:
    content = report()
    strange = {"split": "val", "int8": {"miou": "high", "per_class": {"sky": 17, "road": 0.5, "car": "x"}}}
    content["model"]["quantization"] = {"figures": strange}
    (table,) = accuracies(content)
    assert [row.after for row in table.table] == [None, None, 0.5, None]
