"""tryit.html in a real browser, opened from disk: alone, silent, and with Python's labels in every pixel."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from export import pictures, pipeline
from export.formats.tflite import run
from export.request import Request
from export.source import load
from export.tryit import network
from fastscnn.console import Console
from fastscnn.graph import labels
from fastscnn.graph.graph import Array
from tests.browser import PHONE, Visit, visited

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
SIZE = (96, 128)
READY = "html[data-ready]"
PATIENCE = 60_000
BYTES = """name => {
  const { buffer, byteOffset, byteLength } = window.fastscnn[name];
  const bytes = Array.from(new Uint8Array(buffer, byteOffset, byteLength));
  return btoa(bytes.map(byte => String.fromCharCode(byte)).join(''));
}"""

DROP = """content => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], 'street.jpg', { type: 'image/jpeg' }));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the command writes it."""
    out = tmp_path_factory.mktemp("tryit")
    request = Request(formats=("tflite",), precision="int8", size=SIZE, out=out, try_it=True)
    report = pipeline.export(request, Console(quiet=True))
    return out / str(report["try_it"]["file"])


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The page's network in the runtime that Python has."""
    request = Request(formats=("tflite",), precision="int8", size=SIZE)
    spelled = network.spelled(load(request, Console(quiet=True)), SIZE, "native")
    path = tmp_path_factory.mktemp("native") / "network.tflite"
    path.write_bytes(spelled.model)
    return run.load(path), spelled.info


def seen(visit: Visit, name: str, kind: type[np.generic], shape: tuple[int, ...]) -> Array:
    """An array that the page's scripts hold."""
    return np.frombuffer(base64.b64decode(visit.page.evaluate(BYTES, name)), kind).reshape(shape)


def test_it_labels_the_photographs_as_python_does(page: Path, native: Any, chromium: Browser) -> None:
    runner, info = native
    with visited(chromium, page) as visit:
        visit.page.wait_for_selector(READY, timeout=PATIENCE)
        for place, path in enumerate(pictures.embedded()):
            if place > 0:
                visit.page.click(f'[data-place="{place}"]')
                visit.page.wait_for_selector(f'#status:has-text("{path.name}: ")', timeout=PATIENCE)
            pixels = pictures.opened(path, SIZE)
            opaque = np.dstack([pixels, np.full(SIZE, 255, np.uint8)])
            wanted = runner.run(opaque)["logits"]
            logits = seen(visit, "logits", np.float32, wanted.shape)
            assert (logits != wanted).sum() == 0, f"{path.name}: logits"
            expected = labels.from_logits(wanted, SIZE, info.align_corners)
            found = seen(visit, "labels", np.uint8, SIZE)
            assert (found != expected).sum() == 0, f"{path.name}: labels"
    assert visit.requests == []
    assert visit.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_a_phone_and_tells_shares_and_times(page: Path, dark: bool, chromium: Browser) -> None:
    with visited(chromium, page, window=PHONE, dark=dark) as visit:
        visit.page.wait_for_selector(READY, timeout=PATIENCE)
        assert visit.overflow <= 0
        legend = visit.page.locator("#legend button")
        assert legend.count() >= 3
        legend.first.focus()
        visit.page.keyboard.press("Enter")
        assert legend.first.get_attribute("aria-pressed") == "true"
        for step in ("prepare", "network", "labels", "paint"):
            assert visit.page.locator(f"#time-{step}").inner_text().endswith(" ms")
        visit.page.click("#again")
        visit.page.wait_for_selector('#time-of:has-text("p50 of 20 runs")', timeout=PATIENCE)
    assert visit.complaints == []


def test_a_file_that_is_no_picture_is_said_and_the_page_goes_on(
    page: Path, tmp_path: Path, chromium: Browser
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no photograph")
    with visited(chromium, page) as visit:
        visit.page.wait_for_selector(READY, timeout=PATIENCE)
        visit.page.set_input_files("#file", broken)
        visit.page.wait_for_selector("#status.wrong", timeout=PATIENCE)
        assert "no picture" in visit.page.locator("#status").inner_text()
        sound = pictures.embedded()[-1]
        visit.page.set_input_files("#file", sound)
        visit.page.wait_for_selector(f'#status:has-text("{sound.name}: ")', timeout=PATIENCE)
    assert visit.complaints == []


def test_a_dropped_picture_is_seen_and_its_labels_are_downloaded(
    page: Path, native: Any, tmp_path: Path, chromium: Browser
) -> None:
    _, info = native
    with visited(chromium, page) as visit:
        visit.page.wait_for_selector(READY, timeout=PATIENCE)
        visit.page.evaluate(DROP, base64.b64encode(pictures.embedded()[1].read_bytes()).decode())
        visit.page.wait_for_selector('#status:has-text("street.jpg: ")', timeout=PATIENCE)
        with visit.page.expect_download(timeout=PATIENCE) as found:
            visit.page.click("#download")
        assert found.value.suggested_filename == "street.labels.png"
        found.value.save_as(tmp_path / "labels.png")
        shown = seen(visit, "labels", np.uint8, SIZE)
    with Image.open(tmp_path / "labels.png") as picture:
        assert picture.mode == "P"
        assert (np.asarray(picture) == shown).all()
        colors = picture.getpalette()
    assert colors is not None
    assert colors[: 3 * len(info.colors)] == [value for color in info.colors for value in color]
    assert visit.requests == []
    assert visit.complaints == []


def test_a_browser_without_webassembly_is_told_why(page: Path, chromium: Browser) -> None:
    with visited(chromium, page) as visit:
        visit.page.wait_for_selector(READY, timeout=PATIENCE)
        visit.page.add_init_script("delete globalThis.WebAssembly")
        visit.page.reload()
        visit.page.wait_for_selector("#status.wrong", timeout=PATIENCE)
        assert "lacks WebAssembly" in visit.page.locator("#status").inner_text()


def test_without_relaxed_simd_it_computes_the_same(page: Path, chromium: Browser) -> None:
    found = {}
    for wanted in ("relaxed", "compatible"):
        with visited(chromium, page) as visit:
            if wanted == "compatible":
                visit.page.add_init_script("WebAssembly.validate = () => false")
                visit.page.reload()
            visit.page.wait_for_selector(f'html[data-ready="{wanted}"]', timeout=PATIENCE)
            found[wanted] = visit.page.evaluate(BYTES, "labels")
        assert visit.complaints == []
    assert found["relaxed"] == found["compatible"]
