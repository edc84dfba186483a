"""The benchmarks of core: ways that agree and take no memory; `make android-bench` says how fast they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.android import benchmark, kotlin
from tests.android.benchmark import Plan

pytestmark = pytest.mark.skipif(bool(kotlin.missing_junit()), reason=kotlin.missing_junit())
SHORT = Plan(forks=2, warm_up=0.3, rounds=2, block=0.01)


def test_every_way_gives_the_same_labels_and_ours_takes_no_memory() -> None:
    ways = benchmark.labels(SHORT)
    assert [way["differing"] for way in ways] == [0, 0, 0]
    assert [len(way["rounds"]) for way in ways] == [4, 4, 4]
    assert ways[0]["allocated"] == 0
    assert "times as long as cell by cell" in benchmark.ratios(ways)


def test_preparing_frames_takes_no_memory() -> None:
    ways = benchmark.frames(replace(SHORT, forks=1))
    assert [way["allocated"] for way in ways] == [0, 0, 0, 0]
    assert "640x480, turned by 90" in benchmark.table("frames", ways)
