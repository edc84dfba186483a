"""A bar a layer: as high as its figure says, exact ones lowest."""

from __future__ import annotations

import pytest

from export.page.plot import GROUND, plots
from tests.export.page.reports import report


def test_bars_follow_the_layers_and_their_figures() -> None:
    (plot,) = plots(report())
    exact, resize, add = plot.bars
    assert [bar.name for bar in plot.bars] == ["conv", "grow", "sum"]
    assert exact.height == GROUND < add.height < resize.height < 1
    assert [bar.name for bar in plot.worst] == ["grow", "sum"]
    assert plot.exact == 1
    assert plot.kinds == ["conv", "resize", "add"]


def test_a_tick_lies_where_its_value_does() -> None:
    content = report()
    content["artifacts"][0]["parity"]["layers"][1]["differing"] = 100
    (plot,) = plots(content)
    at = {tick.value: tick.height for tick in plot.ticks}
    assert at[0.1] == pytest.approx(plot.bars[1].height)


def test_a_file_whose_layers_are_all_exact_has_bars_and_no_worst() -> None:
    content = report()
    for layer in content["artifacts"][0]["parity"]["layers"]:
        layer |= {"differing": 0, "greatest": 0.0}
    (plot,) = plots(content)
    assert plot.exact == 3
    assert plot.worst == []
    assert {bar.height for bar in plot.bars} == {GROUND}


def test_layers_in_float_are_drawn_by_their_greatest_difference() -> None:
    content = report()
    for layer, greatest in zip(content["artifacts"][0]["parity"]["layers"], (1e-7, 3e-7, 2e-6), strict=True):
        layer |= {"differing": 900, "greatest": greatest, "unit": "range"}
    (plot,) = plots(content)
    assert not plot.integer
    assert [bar.name for bar in plot.worst] == ["sum", "grow", "conv"]


def test_without_layers_there_is_no_plot() -> None:
    content = report()
    del content["artifacts"][0]["parity"]["layers"]
    assert plots(content) == []
