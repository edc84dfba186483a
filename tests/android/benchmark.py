"""`make android-bench`: what core does around the network, on the JVM of this machine.

Several JVMs one after another; in each the ways warm up, then take turns. What is printed are medians of
the thread's own time over all rounds of all JVMs, and ratios round by round: neighbours see the same machine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.latency import Machine, ratio, summary
from tests.android import kotlin
from tests.android.core import RESOURCES, compiled_core, compiled_tests

CASE = "labels/real_360x480_half_pixel"
"""What the embedded network's phone preset gives for a street photograph."""
Way = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How long is long enough."""

    forks: int = 5
    warm_up: float = 3.0
    rounds: int = 20
    block: float = 0.2


def labels(plan: Plan) -> list[Way]:
    """Full-size labels from 1/8 logits: our way first, then those that resize all logits."""
    return _measured(plan, "LabelBenchmark", CASE)


def frames(plan: Plan) -> list[Way]:
    """Camera frames to the network's input."""
    return _measured(plan, "FrameBenchmark")


def _measured(plan: Plan, program: str, *arguments: str) -> list[Way]:
    """Each way with the rounds of all forks."""
    jars = [compiled_tests(), compiled_core(), RESOURCES]
    words = [*arguments, *map(str, (plan.warm_up, plan.rounds, plan.block))]
    ways: list[Way] = []
    for _ in range(plan.forks):
        done = kotlin.java(jars, f"mobile.fastscnn.core.{program}", *words)
        assert done.returncode == 0, done.stderr
        fork = json.loads(done.stdout)["ways"]
        if not ways:
            ways = [{**way, "rounds": []} for way in fork]
        for way, more in zip(ways, fork, strict=True):
            way["rounds"].extend(more["rounds"])
            way["allocated"] = max(way["allocated"], more["allocated"])
    return ways


def table(title: str, ways: list[Way]) -> str:
    """The figures as people read them."""
    lines = [f"{title:32}  p50 ms   p90 ms   spread  bytes of 50 runs"]
    for way in ways:
        figures = summary([run for block in way["rounds"] for run in block])
        lines.append(
            f"  {way['name']:30}{figures['p50']:8.3f}{figures['p90']:9.3f}{figures['spread']:9.1%}"
            f"{way['allocated']:18}"
        )
    return "\n".join(lines)


def ratios(ways: list[Way]) -> str:
    """How much longer the others take than the first, and whether they give the same."""
    lines = []
    for other in ways[1:]:
        found = ratio(other["rounds"], ways[0]["rounds"])
        low, high = found["interval95"]
        lines.append(
            f"{other['name']}: {found['median']:.1f} times as long as {ways[0]['name']} (95 %: {low:.1f} to"
            f" {high:.1f}; {found['rounds']} rounds); {other['differing']} pixels differ"
        )
    return "\n".join(lines)


def main() -> int:
    facts = Machine().facts()
    print(f"{facts['cpu']}, {facts['cores']} cores, load {facts['load_average']}; {kotlin.jvm()}\n")
    found = labels(Plan())
    print(table("480x360 labels from 60x45 logits", found), ratios(found), sep="\n\n", end="\n\n")
    print(table("frames to 480x360 RGBA", frames(Plan(forks=3, rounds=10))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
