"""Documents of measurements that were never made, for what is said about them."""

from __future__ import annotations

from typing import Any

from benchmarks import latency

MACHINE = {
    "board": None,
    "cpu": "a CPU",
    "machine": "aarch64",
    "features": ["asimd", "asimddp"],
    "cores": 4,
    "big_cores": [],
    "cpu_quota": None,
    "governor": "performance",
    "frequency_limit_mhz": None,
    "load_average": 0.0,
    "emulated": False,
}
CALM = {
    "before": {"temperature_c": 40.0},
    "during": {"temperature_c": {"min": 40.0, "max": 45.0}, "mhz": None},
    "after": {"temperature_c": 45.0},
    "throttling": [],
    "cooling": {"reached": True, "to_c": 40.0, "target_c": 50.0},
}
WHOLE = {"name": "XNNPACK", "partitions": 1, "left_to_builtin_kernels": {}, "whole": True}


def result(file: str = "net_512x1024_fp32.tflite", p50: float = 10.0, **known: Any) -> dict[str, Any]:
    figures = {"runs": 500, "seconds": 5.0, "min": p50, "p50": p50, "p90": p50, "p99": p50, "max": p50}
    changed = known.pop("latency_ms", {})
    size = known.pop("size", (512, 1024))
    return {
        "file": file,
        "format": "tflite",
        "bytes": 4_600_000,
        "sha256": f"sha256 of {file}",
        "precision": "int8" if "int8" in file else "fp32",
        "runtime": "ai-edge-litert",
        "runtime_version": "2.3.0",
        "threads": 1,
        "cores": "all",
        "core_list": None,
        "inputs": [{"name": "image", "shape": [1, *size, 3], "dtype": "uint8"}],
        "delegate": WHOLE,
        "load_ms": 20.0,
        "first_ms": 12.0,
        "warm_up": {"stable": True},
        "latency_ms": {**figures, "mean": p50, "spread": 0.01, "drift": 0.0, **changed},
        "memory": {"before_bytes": 40_000_000, "peak_bytes": 70_000_000},
        "preempted": 3,
        "conditions": CALM,
        "energy": None,
        "operators": None,
        **known,
    }


def document(
    *results: dict[str, Any], comparisons: tuple[dict[str, Any], ...] = (), **machine: Any
) -> dict[str, Any]:
    content = {
        "schema": 1,
        "machine": {**MACHINE, **machine},
        "results": list(results),
        "comparisons": list(comparisons),
    }
    return {**content, "verdict": latency.verdict(content)}


def compared(file: str, against: str, median: float, interval: tuple[float, float]) -> dict[str, Any]:
    return {
        "file": file,
        "against": against,
        "threads": 1,
        "cores": "all",
        "rounds": 20,
        "median": median,
        "quartiles": list(interval),
        "interval95": list(interval),
    }
