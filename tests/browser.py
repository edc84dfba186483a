"""A real headless browser: pages opened from disk, with all that they ask for and complain of written down.

`chromium` is a fixture of all tests. Without chromium and playwright its tests skip.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SILENT = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Nothing of the browser's own goes over the network while a page is watched."""
DESKTOP = (1280, 900)
PHONE = (360, 740)
COMPLAINTS = ("error", "warning")


@dataclass
class Visit:
    """One page in the browser."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses asked for beside the document and what it holds itself."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings on the console, and exceptions."""

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        found: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's, driven by playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(SILENT))
        yield browser
        browser.close()


@contextmanager
def visited(
    browser: Browser, file: Path, *, window: tuple[int, int] = DESKTOP, dark: bool = False
) -> Iterator[Visit]:
    """A file opened from disk, as by a double click, in a fresh profile."""
    context = browser.new_context(
        viewport={"width": window[0], "height": window[1]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    visit = Visit(page)
    address = file.resolve().as_uri()
    inside = (address, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(inside) else visit.requests.append(r.url))
    page.on("console", lambda m: visit.complaints.append(m.text) if m.type in COMPLAINTS else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        page.goto(address)
        yield visit
    finally:
        context.close()
