"""The benchmark of labels: ways that agree, one of which takes no memory. How fast they are is for `make`."""

from __future__ import annotations

import pytest

from tests.android import kotlin
from tests.android.label_benchmark import Plan, measure, table

pytestmark = pytest.mark.skipif(bool(kotlin.missing_junit()), reason=kotlin.missing_junit())


def test_every_way_gives_the_same_labels_and_ours_takes_no_memory() -> None:
    ways = measure(Plan(forks=2, warm_up=0.3, rounds=2, block=0.01))
    assert [way["differing"] for way in ways] == [0, 0, 0]
    assert [len(way["rounds"]) for way in ways] == [4, 4, 4]
    assert ways[0]["allocated"] == 0
    assert "times as long as cell by cell" in table(ways)
