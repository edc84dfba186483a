"""What the browser's tests stand on: whatever a page asks for, complains of or overflows by is noticed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import PHONE, visited

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def written(folder: Path, body: str) -> Path:
    page = folder / "page.html"
    page.write_text(f"<!doctype html><title>page</title><link rel=icon href='data:,'>{body}")
    return page


def test_a_quiet_page_leaves_nothing(tmp_path: Path, chromium: Browser) -> None:
    picture = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    with visited(chromium, written(tmp_path, f"<img src='{picture}'>")) as visit:
        assert visit.overflow <= 0
    assert (visit.requests, visit.complaints) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        "<img src='http://127.0.0.1:9/picture.png'>",
        "<script src='beside.js'></script>",
        "<script>fetch('file:///etc/hostname').catch(() => 0)</script>",
        "<style>body { background: url(http://127.0.0.1:9/x) }</style>",
    ],
)
def test_whatever_is_asked_for_is_written_down(body: str, tmp_path: Path, chromium: Browser) -> None:
    with visited(chromium, written(tmp_path, body)) as visit:
        visit.page.wait_for_timeout(100)
    assert visit.requests + visit.complaints


@pytest.mark.parametrize("script", ["console.error('so')", "throw new Error('so')", "console.warn('so')"])
def test_complaints_are_heard(script: str, tmp_path: Path, chromium: Browser) -> None:
    with visited(chromium, written(tmp_path, f"<script>{script}</script>")) as visit:
        pass
    assert len(visit.complaints) == 1
    assert "so" in visit.complaints[0]


def test_a_wide_page_overflows_a_phone(tmp_path: Path, chromium: Browser) -> None:
    with visited(chromium, written(tmp_path, "<div style='width: 500px'>wide</div>"), window=PHONE) as visit:
        assert visit.overflow > 100


def test_light_and_dark_are_the_reader_s(tmp_path: Path, chromium: Browser) -> None:
    for dark in (False, True):
        with visited(chromium, written(tmp_path, ""), dark=dark) as visit:
            assert visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is dark
