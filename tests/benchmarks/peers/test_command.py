"""python -m benchmarks.peers: what it refuses, and its whole way with our own files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.peers import registry
from benchmarks.peers.__main__ import main
from benchmarks.peers.contract import Peer
from tests.export.commands import Capture, refusal

SHORT = ("--size", "64x96", "--seconds", "0.2", "--rounds", "2")


def test_a_peer_that_there_is_not(tmp_path: Path, capsys: Capture) -> None:
    complaint = refusal(main, capsys, "--folder", tmp_path, "--only", "nobody")
    assert complaint.startswith("usage: There is no peer called nobody.")
    assert "tensorflow_ptq" in complaint


def test_measuring_alone_needs_something_that_was_made(tmp_path: Path, capsys: Capture) -> None:
    complaint = refusal(main, capsys, "--folder", tmp_path, "--measure-only")
    assert "Run make peers first" in complaint
    assert not (tmp_path / "page.md").exists()


def test_measuring_and_making_exclude_each_other(tmp_path: Path, capsys: Capture) -> None:
    complaint = refusal(main, capsys, "--folder", tmp_path, "--measure-only", "--only", "ours")
    assert complaint.startswith("usage: ")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--out", "nowhere/page.md"), "output: "),
        (("--data", "no-such-folder"), "data: "),
        (("--seconds", "0"), "usage: "),
        (("--size", "64"), "usage: "),
    ],
)
def test_what_would_fail_late_fails_at_once(
    tmp_path: Path, capsys: Capture, words: tuple[str, ...], kind: str
) -> None:
    assert refusal(main, capsys, "--folder", tmp_path, *words).startswith(kind)


@pytest.mark.slow
def test_the_whole_way_and_the_latencies_again(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a peer that cannot be installed: it is a row all the same."""
    gone = Peer("A peer of yesterday", ".tflite", "nowhere", (), "a file", "none")
    monkeypatch.setattr(registry, "known", lambda: {"gone": gone})
    monkeypatch.setattr(registry, "names", lambda: ["gone"])
    page = tmp_path / "page.md"
    words = ["--folder", str(tmp_path / "peers"), "--out", str(page), *SHORT, "--json", "--quiet"]
    assert main(words) == 0
    document = json.loads(capsys.readouterr().out)
    found = {file["name"]: file for file in document["files"]}
    assert found["gone"]["error"].startswith("cannot be installed: ")
    assert found["ours"]["seen"]["weights_alike"] == 44, "its first convolution is on pairs of columns"
    assert found["ours_plain"]["seen"]["biases_alike"] == 45
    assert found["ours_phone"]["seen"]["agreement"] > 0.8
    assert set(document["frames"]["1"]) == {name for name in found if name not in ("gone", "ours_coreml")}
    text = page.read_text()
    assert "| A peer of yesterday |" in text
    assert "| **ours, default** |" in text
    page.unlink()
    made = (tmp_path / "peers" / "ours" / "made.json").stat().st_mtime_ns
    assert main([*words, "--measure-only"]) == 0
    assert (tmp_path / "peers" / "ours" / "made.json").stat().st_mtime_ns == made
    assert "| A peer of yesterday |" in page.read_text()
