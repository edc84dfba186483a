"""The page: its text alone answers the reader's questions, and words from elsewhere stay words."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from export.page import words
from export.page.build import build
from export.pictures import Picture
from export.views import View
from tests.export.page.exported import Document, Exported
from tests.export.page.reports import report
from tests.export.page.test_accuracy import FIGURES

HOSTILE = (
    "<script>alert(1)</script><img src=http://example.org/x onerror=a()>\"'&amp;\x00\x1b[2J\u202e\ud800${e()}"
)
"""HTML, quotes, control characters, half a pair, a template."""
OURS = {
    "format",
    "precision",
    "dtype",
    "layout",
    "operator",
    "unit",
    "order",
    "verdict",
    "size",
    "input",
    "kind",
}
"""Keys whose values are this program's own words, never somebody's."""
MOST_BYTES = 3_000_000


def views(count: int = 1) -> list[View]:
    labels = (np.add.outer(np.arange(32), np.arange(64)) // 17 % 3).astype(np.uint8)
    pixels = np.full((32, 64, 3), 90, np.uint8)
    return [View(Picture(f"{i}.jpg", pixels), labels, {"tflite": labels}) for i in range(count)]


KNOWN = {
    "",
    "model",
    "artifacts",
    "preprocessing",
    "options",
    "held",
    "cost",
    "parity",
    "layers",
    "runtimes",
    "pictures",
    "input",
    "output",
}
"""Where the keys are ours too."""


def poisoned(value: Any, key: str = "") -> Any:
    """Every word that may come from a checkpoint, a file or a package, replaced."""
    if isinstance(value, dict):
        return {(k if key in KNOWN else HOSTILE + k): poisoned(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(part, key) for part in value]
    return HOSTILE + value if isinstance(value, str) and key not in OURS else value


def test_no_word_from_elsewhere_is_more_than_a_word() -> None:
    content = poisoned(report())
    assert content["model"]["classes"][0].startswith("<script>")
    page = build(content, views())
    page.encode()
    assert not [c for c in page if not c.isprintable() and c != "\n"]
    clean = Document(build(report(), views()))
    tags = Counter(element.tag for element in Document(page).elements)
    assert tags == Counter(element.tag for element in clean.elements)
    attributes = {name for element in Document(page).elements for name in element.attributes}
    assert attributes == {name for element in clean.elements for name in element.attributes}
    assert "script" not in tags
    assert "alert(1)" in Document(page).one("main").text


def test_the_page_forbids_scripts_and_addresses() -> None:
    document = Document(build(report(), views()))
    policy = document.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"] or ""
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    for element in document.elements:
        for name in ("src", "href"):
            address = element.attributes.get(name) or ""
            assert ":" not in address or address.startswith("data:"), address


def test_the_same_report_is_the_same_page() -> None:
    assert build(report(), views()) == build(report(), views())
    slower = report() | {"timings": {"load": 17.0}}
    assert build(slower, views()) == build(report(), views()), "it holds no times"


def test_without_pictures_there_is_a_page_all_the_same() -> None:
    assert not Document(build(report(), [])).all("section", id="pictures")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Int8, and right."),
        ({"int8_convolutions": 1, "float_layers": ["grow"]}, "In float, as asked for: grow."),
        ({"int8_tensors": 0}, "all arithmetic is in float"),
        ({"int8_tensors": 0, "int8_convolutions": 0}, "No, and it was not asked for"),
    ],
)
def test_the_verdict_in_words(change: dict[str, Any], said: str) -> None:
    content = report()
    content["artifacts"][0]["held"] |= change
    assert said in " ".join(Document(build(content, views())).one("header").text.split())


def test_an_untrained_network_is_said_first() -> None:
    content = report()
    content["model"]["trained"] = False
    content["model"]["warnings"] = ["This network is UNTRAINED: its labels mean nothing."]
    header = Document(build(content, views())).one("header")
    assert "its labels mean nothing" in header.text
    assert header.attributes["class"] == "verdict doubt"


def test_figures_of_labelled_pictures_stand_in_the_verdict_and_class_by_class() -> None:
    content = report()
    content["artifacts"][0]["parity"]["score"] = FIGURES
    document = Document(build(content, views()))
    assert "mIoU is 0.6700 in int8, 0.6600 in float." in " ".join(document.one("header").text.split())
    section = document.one("section", id="classes")
    text = " ".join(section.text.split())
    assert "Measured by this export: net_32x64_int8.tflite, 101 pictures of val." in text
    assert "95 % of bootstrap draws of the pictures lie between +0.20 and +1.80" in text
    found = [e for e in section.inside if e.tag == "td" and "number" in (e.attributes.get("class") or "")]
    assert [e.text for e in found] == ["66.00", "67.00", "+1.00", "90.00", "89.00", "-1.00", "-", "-", ""]


def test_what_was_assumed_and_how_to_override_it() -> None:
    content = report()
    content["model"]["warnings"] = ["Try --variant order=bgr."]
    text = Document(build(content, views())).one("section", id="assumed").text
    assert "The layout is tramac" in text
    assert "Try --variant order=bgr." in text
    for option in (
        "--layout NAME",
        "--size HxW",
        "--classes FILE",
        "order=bgr",
        "output_align_corners=false",
    ):
        assert option in text


def test_the_worst_layers_are_named_and_every_figure_is_in_the_table() -> None:
    section = Document(build(report(), views())).one("section", id="layers")
    assert "Furthest off: grow (resize) 4.00%, sum (add) 0.10%." in " ".join(section.text.split())
    assert [e.tag for e in section.inside].count("rect") == 3


def test_the_text_alone_answers(integers: Exported) -> None:
    verdict = integers.said("header")
    assert "Is it int8? Yes." in verdict
    assert "Is it right? Yes." in verdict
    agreement = min(a["parity"]["label_agreement"] for a in integers.report["artifacts"])
    assert f"How right? {agreement:.2%} of the labels are those of PyTorch, float32" in verdict
    assert "the frame's bytes R G B as they lie in memory, 96 x 128 pixels; no normalisation" in verdict
    assert "not in Apple\u2019s runtime" in verdict


def test_a_float_delivery_says_that_it_is_none(floats: Exported) -> None:
    verdict = floats.said("header")
    assert "Float32, and equal to PyTorch." in verdict
    assert "Is it int8? No" in verdict
    assert "of the logits\u2019 range" in verdict


def test_the_page_lies_beside_the_delivery_and_is_small(integers: Exported, floats: Exported) -> None:
    for delivered in (integers, floats):
        assert delivered.path.stat().st_size < MOST_BYTES
        links = {a.attributes["href"] for a in delivered.document.all("a")}
        files = {artifact["file"] for artifact in delivered.report["artifacts"]}
        assert links == files | {"report.json", "manifest.json", "#feed"}
        for name in links - {"#feed"}:
            assert name is not None
            assert (delivered.out / name).exists()


def test_estimates_of_the_network_stand_in_the_table(integers: Exported) -> None:
    text = integers.document.one("section", id="files").text
    for artifact in integers.report["artifacts"]:
        assert artifact["cost"]["macs"] > 30_000_000
        assert f"{artifact['bytes'] / 1e6:.2f} MB" in text
        assert words.counted(artifact["cost"]["macs"]) in text
    assert f"{words.counted(artifact['cost']['parameters'])} parameters" in " ".join(text.split())
