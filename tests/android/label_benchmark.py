"""`make android-bench`: full-size labels from a phone's logits on the JVM, against resizing all logits.

Several JVMs one after another; in each the ways warm up, then take turns. What is printed are medians over
all rounds of all JVMs, and ratios round by round: neighbours in time see the same machine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.latency import Machine, ratio, summary
from tests.android import kotlin
from tests.android.core import RESOURCES, compiled_core, compiled_tests

CASE = "labels/real_360x480_corners"


@dataclass(frozen=True)
class Plan:
    """How long is long enough."""

    forks: int = 5
    warm_up: float = 3.0
    rounds: int = 20
    block: float = 0.2


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Each way with the rounds of all forks; the first is ours."""
    jars = [compiled_tests(), compiled_core(), RESOURCES]
    numbers = (plan.warm_up, plan.rounds, plan.block)
    ways: list[dict[str, Any]] = []
    for _ in range(plan.forks):
        done = kotlin.java(jars, "mobile.fastscnn.core.LabelBenchmark", CASE, *map(str, numbers))
        assert done.returncode == 0, done.stderr
        fork = json.loads(done.stdout)["ways"]
        if not ways:
            ways = [{**way, "rounds": []} for way in fork]
        for way, more in zip(ways, fork, strict=True):
            way["rounds"].extend(more["rounds"])
            way["allocated"] = max(way["allocated"], more["allocated"])
    return ways


def table(ways: list[dict[str, Any]]) -> str:
    """The figures as people read them."""
    facts = Machine().facts()
    lines = [
        f"{facts['cpu']}, {facts['cores']} cores; 480x360 labels from 60x45 int8 logits of 11 classes",
        "",
    ]
    lines.append(f"{'':28}  p50 ms   p90 ms   spread  bytes of 200 runs  pixels that differ")
    for way in ways:
        figures = summary([run for block in way["rounds"] for run in block])
        lines.append(
            f"{way['name']:28}{figures['p50']:8.3f}{figures['p90']:9.3f}{figures['spread']:9.1%}"
            f"{way['allocated']:19}{way['differing']:20}"
        )
    lines.append("")
    for other in ways[1:]:
        found = ratio(other["rounds"], ways[0]["rounds"])
        low, high = found["interval95"]
        lines.append(
            f"{other['name']} takes {found['median']:.1f} times as long as {ways[0]['name']}"
            f" (95 %: {low:.1f} to {high:.1f}; {found['rounds']} rounds)"
        )
    return "\n".join(lines)


def main() -> int:
    print(table(measure(Plan())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
