"""What --try-it asks for and writes, apart from the browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from export import bundle
from export.cli import main

SMALL = ("--format", "tflite", "--size", "64x96", "--quiet")


def test_the_page_lies_beside_the_artifacts_with_both_digests(tmp_path: Path) -> None:
    given = ("--int8", "--input", "rgba", "--stride", "8", "--float-output", "--try-it")
    assert main([*SMALL, *given, "--out", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    page = (tmp_path / "tryit.html").read_text()
    (artifact,) = report["artifacts"]
    assert report["try_it"]["network_sha256"] == artifact["sha256"], "asked for in the page's own form"
    assert page.count(artifact["sha256"]) >= 3, (
        "what is inside, for people and scripts, and what is delivered"
    )
    assert report["try_it"]["bytes"] == (tmp_path / "tryit.html").stat().st_size
    assert 'href="tryit.html"' in (tmp_path / "report.html").read_text()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["documents"]["tryit.html"]["sha256"] == bundle.digest(tmp_path / "tryit.html")


def test_it_holds_its_licences_and_asks_for_nothing(tmp_path: Path) -> None:
    assert main([*SMALL, "--int8", "--try-it", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "tryit.html").read_text()
    assert "Apache License" in page
    assert "MIT License" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "src=" not in page.replace('src="data:', "").split("<script>")[0]
    assert page.count("</script>") == page.count("<script")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Add --int8."),
        (("--fp16",), "Add --int8."),
        (("--int8", "--input", "tensor"), "Leave out --input tensor"),
        (("--int8", "--artifacts-only"), "Give one of the two."),
    ],
)
def test_what_cannot_become_a_page_is_refused(
    options: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([*SMALL, *options, "--try-it", "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
