"""docs/peers.md says what was made, seen and measured; a peer that failed stands there with its words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.latency import Facts
from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.made import NEVER, Made
from benchmarks.peers.page import Found, page, share_of
from fastscnn.info import Preprocessing

KIT = Kit(Path("kit"), (512, 1024), Preprocessing(), ("Sky",), False, 128, "the training split of city", "")
PEERS = {
    "fast": Peer("The fast one", ".tflite", "fast", ("fast",), "a file", "its best options"),
    "broken": Peer("The broken one", ".tflite", "broken", (), "a file", "none"),
    "strange": Peer("The strange one", ".tflite", "strange", (), "a file", "none"),
    "apple": Peer("The Apple one", ".mlpackage", "apple", (), "a file", "none"),
}


def made(name: str, folder: Path, suffix: str = ".tflite", **more: Any) -> Made:
    file = folder / f"{name}{suffix}"
    file.write_bytes(bytes(1_500_000))
    title = PEERS[name].title if name in PEERS else f"ours {name}"
    return Made(name, title, file, 12.3, 6.5, 2_000_000_000, **{"ours": name.startswith("ours"), **more})


def result(name: str, threads: int, blocks: list[float]) -> Facts:
    whole = name != "fast"
    return {
        "name": name,
        "file": f"{name}.tflite",
        "threads": threads,
        "latency_ms": {"p50": blocks[0]},
        "block_p50_ms": blocks,
        "runtime": "ai-edge-litert",
        "runtime_version": "2.3.0",
        "delegate": {
            "partitions": 1 if whole else 2,
            "whole": whole,
            "left_to_builtin_kernels": {} if whole else {"MEAN": 3, "SUM": 1},
        },
    }


def seen(agreement: float, miou: float | None, alike: int) -> Facts:
    return {
        "operators": 75,
        "in_float": 2,
        "convolutions": 45,
        "weights_alike": alike,
        "biases_alike": alike,
        "agreement": agreement,
        "miou": miou,
        "pictures": 101,
    }


def way(ms: float) -> Facts:
    return {
        "ms": ms,
        "block_ms": [ms, 1.1 * ms],
        "parts_ms": {"before": 0.2 * ms, "network": 0.5 * ms, "after": 0.3 * ms},
    }


def found(folder: Path) -> Found:
    results = [
        result(name, threads, [speed * factor for factor in (1.0, 1.1, 0.9)])
        for threads in (1, 2)
        for name, speed in (("ours", 90.0), ("ours_phone", 60.0), ("fast", 100.0))
    ]
    measured = {
        "latency": {
            ".tflite": {
                "machine": {"cpu": "A CPU", "features": ["avx2"], "cores": 2, "load_average": 0.1},
                "results": results,
            }
        },
        "frames": {
            "1": {"ours": way(110), "ours_phone": way(80), "fast": way(200)},
            "2": {"ours": way(70), "ours_phone": way(50), "fast": way(100)},
        },
    }
    return Found(
        KIT,
        [
            made("ours", folder),
            made("ours_phone", folder),
            made("fast", folder, versions={"fast": "1.2"}),
            made("broken", folder).failed("RuntimeError: no | pools"),
            made("strange", folder),
            made("apple", folder, ".mlpackage", facts={"operators": 9, "in_float": 4}),
        ],
        PEERS,
        {
            "float": seen(1, 0.67, 0),
            "ours": seen(0.995, 0.672, 45),
            "ours_phone": seen(0.995, 0.672, 45),
            "fast": seen(0.98, 0.66, 3),
            "strange": {"error": "its file does not run: died of SIGSEGV"},
        },
        measured,
        "2026-01-02",
    )


def test_date_machine_versions_and_pictures_are_named(tmp_path: Path) -> None:
    text = page(found(tmp_path))
    assert "on 2026-01-02. A CPU (avx2), 2 cores, load 0.1" in text
    assert "ai-edge-litert 2.3.0" in text
    assert "128 pictures of the training split of city" in text
    assert "101 pictures, whose float mIoU is 0.6700" in text
    assert "- The fast one (fast 1.2): given a file; its best options." in text


def test_a_row_tells_cost_contents_quality_and_speed(tmp_path: Path) -> None:
    (row,) = [line for line in page(found(tmp_path)).splitlines() if line.startswith("| The fast one |")]
    assert "| 12 s (6), 2.0 GB | 1.50 | 75 (2) | 2 parts, leaves 4: MEAN, SUM | 3, 3 of 45 | 98.00% |" in row
    assert "| 0.6600 (-1.00 points) | 100.0 / 100.0 | 0.90 (0.90 to 0.90) / 0.90 (0.90 to 0.90) |" in row
    assert row.endswith(
        "| 0.60 (0.60 to 0.60) / 0.60 (0.60 to 0.60) | 40 + 100 + 60 = 200 / 20 + 50 + 30 = 100 |"
    )


def test_failures_stand_in_their_rows_with_their_words(tmp_path: Path) -> None:
    text = page(found(tmp_path))
    assert "| The broken one | 12 s (6), 2.0 GB | failed: RuntimeError: no / pools |" in text
    assert (
        "| The strange one | 12 s (6), 2.0 GB | 1.50 | failed: its file does not run: died of SIGSEGV |"
        in text
    )
    columns = {line.count(" |") for line in text.splitlines() if line.startswith("| ")}
    assert len(columns) == 1, "no row is shorter than the others"


def test_a_busy_machine_is_told_and_so_is_who_was_never_asked(tmp_path: Path) -> None:
    known = found(tmp_path)
    assert "Others worked on this machine" not in page(known)
    known.measured["latency"][".tflite"]["machine"]["load_average"] = 3.0
    never = Made("broken", "The broken one", None, error=NEVER)
    text = page(replace(known, made=[*known.made[:3], never]))
    assert "**Others worked on this machine meanwhile" in text
    assert "| The broken one |  | not asked yet |" in text


def test_a_package_is_a_file_alone(tmp_path: Path) -> None:
    assert "| The Apple one | 12 s (6), 2.0 GB | 1.50 | 9 (4) |" in page(found(tmp_path))


def test_ours_stands_beside_the_fastest_of_the_others(tmp_path: Path) -> None:
    text = page(found(tmp_path))
    assert "- 1 thread: the fastest of the others is The fast one; our default file takes 0.90" in text
    assert "`--preset phone` 0.60 (0.60 to 0.60)." in text
    assert "A frame to labels: `--preset phone` takes 0.40 (0.40 to 0.40) of the time that" in text
    assert "A frame to labels: `--preset phone` takes 0.50 (0.50 to 0.50)" in text


def test_shares_are_of_blocks_that_were_neighbours(tmp_path: Path) -> None:
    measured = found(tmp_path).measured
    share = share_of(measured, "ours", "fast", 2)
    assert share is not None
    assert share["median"] == 0.9
    assert share["rounds"] == 3
    assert share_of(measured, "ours", "broken", 2) is None
