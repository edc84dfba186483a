"""The page's pictures are the labels themselves, and no difference is lost in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from export.page import gallery
from export.page.gallery import panels
from export.pictures import Picture
from export.views import View
from fastscnn.graph.graph import Array
from tests.export.page.exported import decoded
from tests.export.page.reports import report


def view(name: str, wanted: Array, found: Array) -> View:
    pixels = np.full((*wanted.shape, 3), 90, np.uint8)
    return View(Picture(name, pixels), wanted, {"tflite": found})


def regions(height: int = 40, width: int = 60) -> Array:
    return (np.add.outer(np.arange(height), np.arange(width)) // 17 % 3).astype(np.uint8)


def test_label_pictures_hold_the_classes_without_loss() -> None:
    wanted = regions()
    found = wanted.copy()
    found[3, 7:11] = 2
    (panel,) = panels(report(), [view("a.jpg", wanted, found)])
    np.testing.assert_array_equal(decoded(panel.wanted.labels), wanted)
    (tile,) = panel.found
    np.testing.assert_array_equal(decoded(tile.labels), found)
    assert tile.file == "net_32x64_int8.tflite"
    assert tile.differing == np.count_nonzero(wanted != found)


@pytest.mark.parametrize("size", [(40, 60), (512, 1024), (333, 777)])
def test_one_differing_pixel_is_marked(size: tuple[int, int]) -> None:
    wanted = regions(*size)
    for place in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 2, 5)):
        found = wanted.copy()
        found[place] = (found[place] + 1) % 3
        (panel,) = panels(report(), [view("a.jpg", wanted, found)])
        marks = decoded(panel.found[0].marks)
        assert np.argwhere(marks).tolist() == [
            [place[0] // panel.found[0].block, place[1] // panel.found[0].block]
        ]


def test_equal_labels_have_no_marks() -> None:
    (panel,) = panels(report(), [view("a.jpg", regions(), regions())])
    assert panel.found[0].marks == ""
    assert panel.found[0].share == 0


def test_the_photograph_with_most_differences_comes_first() -> None:
    other = regions()
    other[:5] = 0
    views = [view("same.jpg", regions(), regions()), view("worst.jpg", regions(), other)]
    assert [panel.name for panel in panels(report(), views)] == ["worst.jpg", "same.jpg"]


def test_the_legend_names_the_classes_that_are_there() -> None:
    wanted = np.zeros((40, 60), np.uint8)
    wanted[:10] = 2
    (panel,) = panels(report(), [view("a.jpg", wanted, wanted)])
    assert [(p.name, p.share) for p in panel.legend] == [("sky", 0.75), ("car", 0.25)]


def test_pictures_that_do_not_fit_are_left_out_but_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "BUDGET", 10)
    assert len(panels(report(), [view("a.jpg", regions(), regions())] * 3)) == 1


def test_large_pictures_are_shown_at_a_fraction() -> None:
    wanted = regions(1100, 2100)
    (panel,) = panels(report(), [view("a.jpg", wanted, wanted)])
    assert (panel.height, panel.width) == (1100, 2100)
    np.testing.assert_array_equal(decoded(panel.wanted.labels), wanted[::3, ::3])
    assert max(decoded(panel.photograph).shape) <= gallery.LONGEST


def test_more_classes_than_a_palette_holds() -> None:
    content: dict[str, Any] = report()
    content["model"]["classes"] = [f"class {i}" for i in range(300)]
    content["model"]["colors"] = [[i % 256, i // 256, 7] for i in range(300)]
    wanted = np.arange(40 * 60).reshape(40, 60) % 300
    (panel,) = panels(content, [view("a.jpg", wanted, wanted)])
    np.testing.assert_array_equal(decoded(panel.wanted.labels)[..., 0], wanted % 256)
