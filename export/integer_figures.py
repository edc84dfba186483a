"""The int8 part of docs/figures.md: emission, and how exactly each format does what the integers say."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from export import pipeline
from export.formats import FORMATS
from export.request import Request
from fastscnn.console import Console

EMISSIONS = 5
RUNNING = ("check", "oracle", "pytorch", "read", "pictures", "score")
"""Stages of an export that are not on the way from the quantized file to the files."""
SIZES = ((512, 1024), (360, 480), (480, 640), (513, 769), (97, 131))


def lines(quantized: Path) -> list[str]:
    """The section's lines, for one quantized file."""
    return [*_emission(quantized), "", *_steps(quantized)]


def _emission(quantized: Path) -> list[str]:
    rows = [
        f"## int8: from a quantized file to files at 512x1024, the best of {EMISSIONS}",
        "",
        "Process start to files, the stages that read back, run and compare taken off.",
        "",
        "| format | seconds | bytes | operators |",
        "|---|---|---|---|",
    ]
    for name in FORMATS:
        found = [_timed(quantized, name) for _ in range(EMISSIONS)]
        seconds, report = min(found, key=lambda pair: pair[0])
        artifact = report["artifacts"][0]
        operators = sum(n for kind, n in artifact["operators"].items() if kind != "const")
        rows.append(f"| {name} | {seconds:.2f} | {artifact['bytes']} | {operators} |")
    return rows


def _timed(quantized: Path, format: str) -> tuple[float, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "export.cli", str(quantized), "--format", format]
        options = ["--size", "512x1024", "--out", folder, "--json", "--quiet"]
        start = time.perf_counter()
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
    report: dict[str, Any] = json.loads(done.stdout)
    return seconds - _running(report["timings"]), report


def _running(timings: Mapping[str, float]) -> float:
    return sum(seconds for stage, seconds in timings.items() if stage.split(".")[0] in RUNNING)


def _steps(quantized: Path) -> list[str]:
    rows = [
        "## int8: layer by layer against the integer oracle",
        "",
        "Over three street photographs: share of all values that are one step off, that of the worst"
        " convolution, and the share of equal labels end to end, the worst photograph. No value is two off.",
        "",
        f"| size | {' | '.join(f'{name} | its convolutions | labels' for name in FORMATS)} |",
        f"|---|{'---|---|---|' * len(FORMATS)}",
    ]
    for size in SIZES:
        cells = []
        for artifact in _exported(quantized, size)["artifacts"]:
            parity = artifact["parity"]
            convolutions = [la for la in parity["layers"] if la["operator"] == "conv"]
            worst = max(la["differing"] / la["values"] for la in convolutions)
            cells.append(f"{parity['differing_share']:.4%} | {worst:.4%} | {parity['label_agreement']:.2%}")
        rows.append(f"| {size[0]}x{size[1]} | {' | '.join(cells)} |")
    return rows


def _exported(quantized: Path, size: tuple[int, int]) -> dict[str, Any]:
    request = Request(formats=tuple(FORMATS), checkpoint=quantized, precision="int8", size=size)
    with tempfile.TemporaryDirectory() as folder:
        return pipeline.export(replace(request, out=Path(folder)), Console(quiet=True))
