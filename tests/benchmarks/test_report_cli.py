"""fastscnn-bench report, as a user calls it: pictures and one HTML file of what was measured."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks.cli import main
from benchmarks.results import frontier, read
from tests.benchmarks.documents import document, result
from tests.export.commands import Capture, answered, refusal

ALL = {
    "latency.html",
    "latency_by_miou.png",
    "latency_by_precision.png",
    "latency_by_size.png",
    "latency_by_threads.png",
}


def write(path: Path, *results: dict[str, Any], **known: Any) -> Path:
    path.write_text(json.dumps({**document(*results), **known}))
    return path


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    write(
        folder / "pi.json",
        *(result(p50=60.0 / threads, threads=threads, miou=0.65) for threads in (1, 2, 4)),
        result("net_256x512_fp32.tflite", 15.0, size=(256, 512), miou=0.55),
        result("net_512x1024_int8.tflite", 40.0, miou=0.64),
        result("net_512x1024_fp32_wide.tflite", 90.0, miou=0.60),
        board="pi@raspberrypi",
    )
    write(folder / "here.json", result(p50=20.0), board="here")
    return folder


def reported(capsys: Capture, *arguments: object) -> dict[str, Any]:
    return answered(main, capsys, "report", *arguments)


class Page(HTMLParser):
    """What a browser would fetch, run and show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_pictures_and_one_page(measured: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = reported(capsys, measured, "--out", tmp_path / "report")
    written = {path.name: path for path in (tmp_path / "report").iterdir()}
    assert written.keys() == ALL
    assert sorted(answer["written"]) == sorted(str(path) for path in written.values())
    assert answer["rows"] == 7
    for path in written.values():
        if path.suffix == ".png":
            picture = Image.open(BytesIO(path.read_bytes()))
            assert picture.size[0] > 600
            assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 20
    page = Page(written["latency.html"].read_text())
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert len(page.sources) == len(ALL) - 1
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    for words in ("pi@raspberrypi", "net_512x1024_int8.tflite", "512x1024", "0.6400", "40.00"):
        assert words in page.words


def test_the_frontier_is_what_nothing_beats(measured: Path, capsys: Capture, tmp_path: Path) -> None:
    rows = read([measured]).rows
    assert [(row.p50, row.miou) for row in frontier(rows)] == [(15.0, 0.65)]
    answer = reported(capsys, measured, "--out", tmp_path / "report")
    assert [(best["board"], best["threads"]) for best in answer["pareto"]] == [("pi@raspberrypi", 4)]


def test_a_frontier_of_several(tmp_path: Path) -> None:
    points = ((10, 0.5), (20, 0.6), (20, 0.61), (30, 0.55), (40, 0.7), (50, 0.7))
    write(
        tmp_path / "x.json", *(result(f"{n}.tflite", p50, miou=miou) for n, (p50, miou) in enumerate(points))
    )
    assert [(row.p50, row.miou) for row in frontier(read([tmp_path]).rows)] == [
        (10, 0.5),
        (20, 0.61),
        (40, 0.7),
    ]


def test_a_picture_with_nothing_to_show_is_left_out(tmp_path: Path, capsys: Capture) -> None:
    one = write(tmp_path / "one.json", result())
    reported(capsys, one, "--out", tmp_path / "report")
    assert {path.name for path in (tmp_path / "report").iterdir()} == ALL - {
        "latency_by_miou.png",
        "latency_by_threads.png",
    }


def test_miou_from_an_evaluation_beside_the_results(tmp_path: Path) -> None:
    write(tmp_path / "here.json", result())
    evaluation = {"schema": 1, "miou": 0.6, "model": {"sha256": result()["sha256"]}}
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
    assert [row.miou for row in read([tmp_path]).rows] == [0.6]
    assert [row.miou for row in read([tmp_path / "here.json"]).rows] == [0.6]


def test_what_the_command_itself_printed_can_be_reported(tmp_path: Path) -> None:
    boards = [
        {"board": "silent", "error": {"kind": "board", "message": "", "remedy": ""}},
        {"board": "pi", "document": {**document(result(p50=7.0)), "board": "pi"}},
    ]
    (tmp_path / "all.json").write_text(json.dumps({"schema": 1, "boards": boards}))
    assert [(row.board, row.p50) for row in read([tmp_path / "all.json"]).rows] == [("pi", 7.0)]


def test_sizes_are_read_in_either_layout(tmp_path: Path) -> None:
    channels_first = [{"name": "image", "shape": [1, 3, 360, 480], "dtype": "float32"}]
    write(tmp_path / "x.json", result(), result(inputs=channels_first), result(inputs=[]))
    assert [row.size for row in read([tmp_path]).rows] == [(512, 1024), (360, 480), None]


def test_the_page_shows_hostile_names_as_words(tmp_path: Path, capsys: Capture) -> None:
    hostile = "<script>alert(1)</script>.tflite"
    write(tmp_path / "x.json", result(hostile), board="<img src=x>")
    reported(capsys, tmp_path / "x.json", "--out", tmp_path / "report")
    page = Page((tmp_path / "report" / "latency.html").read_text())
    assert "script" not in page.tags
    assert hostile in page.words
    assert all(source.startswith("data:") for source in page.sources)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        ("", "no JSON document"),
        ("[]", "no measurements"),
        ('{"schema": 1}', "no measurements"),
        ('{"results": [{}], "machine": {}, "verdict": []}', "was cut or edited"),
    ],
)
def test_no_results(content: str | None, words: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_text(content)
    assert words in refusal(main, capsys, "report", file, "--out", tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_what_stands_is_replaced_by_force_alone(measured: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "report"
    out.mkdir()
    (out / "latency.html").write_text("mine")
    assert "--force" in refusal(main, capsys, "report", measured, "--out", out)
    assert [path.name for path in out.iterdir()] == ["latency.html"]
    reported(capsys, measured, "--out", out, "--force")
    assert re.match("<!doctype html>", (out / "latency.html").read_text())
    reported(capsys, measured, "--out", out)
