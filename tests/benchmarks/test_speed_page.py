"""docs/speed.md says what was measured, and no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.frames import Lane, Timed
from benchmarks.latency import Facts
from benchmarks.speed_page import page
from benchmarks.speed_plan import CHANGES, TRIED


def compared(ratios: dict[int, float]) -> Facts:
    return {
        "machine": {"cpu": "A CPU", "features": ["avx2"], "cores": 2, "load_average": 0.1},
        "comparisons": [
            {"threads": threads, "median": ratio, "interval95": [ratio - 0.01, ratio + 0.01]}
            for threads, ratio in ratios.items()
        ],
    }


def timed(name: str, milliseconds: float, wrong: int = 0) -> Timed:
    parts = {"before": 0.25, "network": 0.5, "after": 0.25}
    labels = np.zeros((10, 10), np.uint8)
    labels.ravel()[:wrong] = 1
    return Timed(
        Lane(name, Path("net.tflite"), "bytes", "labels in C"),
        [[milliseconds / 1e3] * 3] * 4,
        {part: share * milliseconds / 1e3 for part, share in parts.items()},
        labels,
    )


OWN = [timed("ours", 50), timed("ours, slower", 60), timed("usual, numpy", 100, 3), timed("usual, C", 75, 3)]
PAGE = page(
    [(CHANGES[0], compared({1: 0.94, 2: 0.9})), (CHANGES[5], compared({1: 1.0, 2: 1.1}))], {1: {"f": OWN}}
)


def test_machine_and_versions_are_named() -> None:
    assert "A CPU (avx2), 2 cores; ai-edge-litert " in PAGE
    assert "Load at the start: 0.1" in PAGE


def test_every_rewrite_has_its_ratio_and_its_interval() -> None:
    assert f"| {CHANGES[0].name} | tflite int8 | 0.94 (0.93 to 0.95) | 0.90 (0.89 to 0.91) |" in PAGE
    assert f"| {CHANGES[5].name} | onnx int8 | 1.00 (0.99 to 1.01) | 1.10 (1.09 to 1.11) |" in PAGE


def test_gains_are_against_the_usual_ways_and_theirs_are_empty() -> None:
    assert "| f | ours | 12.5 + 25.0 + 12.5 = 50.0 | 2.00 | 1.50 | 100.00% |" in PAGE
    assert "| f | ours, slower | 15.0 + 30.0 + 15.0 = 60.0 | 1.67 | 1.25 | 100.00% |" in PAGE
    assert "| f | usual, numpy | 25.0 + 50.0 + 25.0 = 100.0 |  |  | 97.00% |" in PAGE


def test_what_gave_nothing_is_told() -> None:
    for line in TRIED:
        assert f"- {line}." in PAGE


def test_every_change_is_two_different_files() -> None:
    assert all(change.before != change.after for change in CHANGES)
    assert {change.precision for change in CHANGES} == {"int8", "fp32"}
