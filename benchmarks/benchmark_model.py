"""TFLite's own benchmark binary, for phones without Python: its options, and what its output says."""

from __future__ import annotations

import re
from typing import Any

from benchmarks import latency
from fastscnn.errors import BoardError

Facts = dict[str, Any]
MIDDLE_HALF = 1.349
"""Width of the middle half of a normal distribution, in standard deviations: all that the binary tells."""
TIMINGS = re.compile(
    r"Inference timings in us: Init: ([\d.e+]+), First inference: ([\d.e+]+),"
    r" Warmup \(avg\): ([\d.e+]+), Inference \(avg\): ([\d.e+]+)"
)
COUNTS = re.compile(r"\bcount=(\d+) (first=.*)$", re.MULTILINE)
MEMORY = re.compile(r"Memory footprint delta.*?overall=([\d.]+)")
PEAK = re.compile(r"Peak memory footprint \(MB\):.*?overall=([\d.]+)")
WHOLE = "will be completely executed by the delegate"
PARTLY = re.compile(r"will be partially executed by the delegate w/ (\d+) delegate kernel")


def options(graph: str, threads: int, plan: latency.Plan) -> list[str]:
    """Its arguments for one artifact."""
    most = min(plan.most_seconds, 600.0)
    return [
        f"--graph={graph}",
        f"--num_threads={threads}",
        "--use_xnnpack=true",
        "--warmup_min_secs=1",
        f"--num_runs={plan.least_runs}",
        f"--min_secs={max(plan.least_seconds, latency.LEAST_SECONDS):g}",
        f"--max_secs={most:g}",
    ]


def parse(printed: str, board: str) -> Facts:
    """Latencies, load time, memory and delegation; raises BoardError where it did not get so far."""
    timings, counts = TIMINGS.search(printed), COUNTS.findall(printed)
    if timings is None or not counts:
        last = next((line for line in reversed(printed.splitlines()) if line.strip()), "nothing")
        raise BoardError(
            f"{board}: the benchmark binary gave no figures; it said: {last.strip()}",
            "Is it TFLite's benchmark_model, built for this phone?",
        )
    runs, rest = int(counts[-1][0]), dict(re.findall(r"(\w+)=([\d.e+-]+)", counts[-1][1]))
    figures = {name: float(value) / 1e3 for name, value in rest.items()}
    mean = figures["avg"]
    memory = MEMORY.search(printed) or PEAK.search(printed)
    return {
        "latency_ms": {
            "runs": runs,
            "seconds": round(runs * mean / 1e3, 3),
            "min": figures["min"],
            "p50": figures.get("median", mean),
            "p50_is_mean": "median" not in figures,
            "p90": None,
            "p95": figures.get("p95"),
            "p99": None,
            "max": figures["max"],
            "mean": mean,
            "spread": round(MIDDLE_HALF * figures.get("std", 0.0) / mean, 4),
            "drift": 0.0,
        },
        "load_ms": float(timings.group(1)) / 1e3,
        "first_ms": float(timings.group(2)) / 1e3,
        "memory": {
            "before_bytes": None,
            "peak_bytes": None,
            "added_bytes": None if memory is None else int(float(memory.group(1)) * 1e6),
        },
        "delegate": _delegate(printed),
    }


def _delegate(printed: str) -> Facts | None:
    if WHOLE in printed:
        return {"name": "XNNPACK", "partitions": 1, "left_to_builtin_kernels": {}, "whole": True}
    partly = PARTLY.search(printed)
    if partly is None:
        return None
    # which operators stay outside, the binary does not say
    return {
        "name": "XNNPACK",
        "partitions": int(partly.group(1)),
        "left_to_builtin_kernels": {},
        "whole": False,
    }
