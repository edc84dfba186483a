"""Whatever a peer does, it becomes a row: with its file, or with its own words."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.peers import building, made
from benchmarks.peers.contract import Kit, Peer
from tests.benchmarks.peers.played import played


def test_a_good_peer_delivers_and_its_cost_is_known(kit: Kit, tmp_path: Path) -> None:
    found = played("good", kit, tmp_path)
    assert found.error == ""
    assert found.file is not None
    assert found.file.read_bytes() == kit.tflite.read_bytes()
    assert found.bytes == kit.tflite.stat().st_size
    assert found.versions == {"numpy": np.__version__}
    assert found.facts == {"told": [1, 64, 96, 3]}
    assert found.seconds is not None
    assert found.seconds > 0
    assert found.peak_bytes is not None
    assert found.peak_bytes > 10e6, "a Python with numpy"


def test_a_failure_is_told_in_its_last_line_and_half_a_file_does_not_count(kit: Kit, tmp_path: Path) -> None:
    found = played("failing", kit, tmp_path)
    assert found.error == "RuntimeError: the operator adaptive_pool is not supported"
    assert found.file is None


def test_one_that_hangs_is_ended_with_all_that_it_started(kit: Kit, tmp_path: Path) -> None:
    found = played("hanging", kit, tmp_path, limit=5)
    assert found.error.startswith("had not ended after 5 s")
    child = Path("/proc", (tmp_path / "hanging" / "child").read_text())
    until = time.monotonic() + 10
    while _alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_crash_is_named_with_its_last_words(kit: Kit, tmp_path: Path) -> None:
    assert played("crashing", kit, tmp_path).error == "died of SIGSEGV; checking the alignment"


def test_success_without_a_file_is_a_failure(kit: Kit, tmp_path: Path) -> None:
    assert played("silent", kit, tmp_path).error == "ended well, but wrote no .tflite file"


def test_a_package_that_is_not_there_is_named(kit: Kit, tmp_path: Path) -> None:
    assert "no-such-package" in played("unknown_package", kit, tmp_path).error


def test_an_environment_that_cannot_be_made_is_a_row_too(kit: Kit, tmp_path: Path) -> None:
    peer = Peer("x", ".tflite", "nothing", (), "", "")
    (found,) = [building.build("x", peer, kit, tmp_path, 10, lambda text: None)]
    assert found.error.startswith("cannot be installed: ")
    assert made.load(tmp_path / "x") == found


def test_what_was_made_can_be_read_again(kit: Kit, tmp_path: Path) -> None:
    found = played("good", kit, tmp_path).save(tmp_path / "kept")
    assert made.load(tmp_path / "kept") == found
    assert made.load(tmp_path / "nothing") is None
