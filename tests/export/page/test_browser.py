"""The page in a real browser, opened from disk: whole, silent, alone, and readable on a phone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from export.page.build import build
from tests.browser import DESKTOP, PHONE, visited
from tests.export.page.exported import Exported
from tests.export.page.reports import report
from tests.export.page.test_build import poisoned, views

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISIBLE = 4.5
"""WCAG AA's contrast of text."""
CONTRASTS = """() => {
  const luminance = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c) && c !== 'transparent') return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const e of document.querySelectorAll('main *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg') || !e.checkVisibility()) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(behind(e))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), e.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture(params=["integers", "floats", "eighths"])
def delivered(request: pytest.FixtureRequest) -> Exported:
    found: Exported = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_renders_alone_and_without_complaint(
    window: tuple[int, int], dark: bool, delivered: Exported, chromium: Browser
) -> None:
    with visited(chromium, delivered.path, window=window, dark=dark) as visit:
        page = visit.page
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.locator("h1").is_visible()
        assert visit.overflow <= 0, "no scrolling sideways"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(19, 22, 24)" if dark else "rgb(251, 251, 249)"
        )
        low = [(ratio, text) for ratio, text in page.evaluate(CONTRASTS) if ratio < VISIBLE]
        assert not low, low
        tiles = page.locator("svg.tile")
        assert tiles.count() >= 3 * (2 + 2 * len(delivered.report["artifacts"]))
        for place in range(tiles.count()):
            box = tiles.nth(place).bounding_box()
            assert box is not None
            assert box["width"] >= 100
    assert visit.requests == []
    assert visit.complaints == []


def test_hostile_words_do_nothing_and_fit(tmp_path: Path, chromium: Browser) -> None:
    content = poisoned(report())
    content["model"]["classes"][1] = "long" * 500
    page = tmp_path / "report.html"
    page.write_text(build(content, views()))
    with visited(chromium, page, window=PHONE) as visit:
        visit.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert visit.overflow <= 0
        assert visit.page.locator("script").count() == 0
    assert visit.requests == []
    assert visit.complaints == []


def test_the_pictures_are_really_drawn(delivered: Exported, chromium: Browser) -> None:
    """A tile of labels is no blank: it holds the colours of the classes over the photograph."""
    with visited(chromium, delivered.path) as visit:
        name = delivered.report["artifacts"][0]["file"]
        for label in (f"The photograph {delivered.photographs[0]}", f"Labels of {name}"):
            tile = visit.page.locator(f'svg[aria-label="{label}"]').first
            assert len(tile.screenshot()) > 10_000, "a picture of one colour is smaller"


def test_it_is_read_by_structure(delivered: Exported, chromium: Browser) -> None:
    """What a screen reader goes by: one title, headings in order, words for pictures, heads of tables."""
    with visited(chromium, delivered.path) as visit:
        page = visit.page
        assert page.locator("h1").count() == 1
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1])")
        assert all(later - level <= 1 for level, later in pairwise(levels))
        silent = "[...document.querySelectorAll('svg, img')].filter(e => !e.getAttribute('aria-label')"
        assert page.evaluate(f"{silent} && e.getAttribute('aria-hidden') !== 'true').length") == 0
        assert page.evaluate(
            "[...document.querySelectorAll('table')].every(e => e.querySelector('thead th'))"
        )
        assert page.evaluate("document.documentElement.lang") == "en"
