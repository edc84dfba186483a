"""`make figures`: what docs/figures.md says, measured: emission, sizes of graphs, distance from PyTorch."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from export import integer_figures, pipeline, source, spelling
from export.formats import FORMATS
from export.formats.base import THREADS
from export.machine import cpu
from export.report import versions
from export.request import Request, form_of
from export.source import embedded_quantized
from fastscnn.console import Console

SIZES = ((512, 1024), (1024, 2048), (360, 480), (256, 256), (480, 640), (513, 769), (97, 131))
EMISSIONS = 7


def main(arguments: list[str]) -> int:
    target = Path(arguments[0])
    checkpoint = Path(arguments[1]) if len(arguments) > 1 else None
    request = Request(formats=tuple(FORMATS), checkpoint=checkpoint)
    lines = [*_head(checkpoint), *_emission(request), *_distances(request)]
    if checkpoint is None:
        lines += ["", *integer_figures.lines(embedded_quantized())]
    target.write_text("\n".join(lines) + "\n")
    print(target.read_text())
    return 0


def _head(checkpoint: Path | None) -> list[str]:
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    command = "make figures" if checkpoint is None else f"make figures CHECKPOINT={checkpoint.name}"
    return [
        "# Figures",
        "",
        f"Written by `{command}`. {cpu()}; {THREADS} threads; {packages}.",
        "",
    ]


def _emission(request: Request) -> list[str]:
    """Graph in memory to bytes, and how many operators the file has."""
    network = source.load(request, Console(quiet=True))
    rows = [
        f"## Emission at 512x1024, median of {EMISSIONS}",
        "",
        "| format | precision | seconds | bytes | operators |",
        "|---|---|---|---|---|",
    ]
    for precision in ("fp32", "fp16"):
        asked = replace(request, size=(512, 1024), precision=precision)
        form = form_of(asked, network.info)
        for name, format in FORMATS.items():
            graph = spelling.spelled(network.graph, network.info, form, name)
            room = format.room("write")
            room.write(graph, form.size, network.info)
            seconds = []
            for _ in range(EMISSIONS):
                start = time.perf_counter()
                files = room.write(graph, form.size, network.info)
                seconds.append(time.perf_counter() - start)
            size = len(files) if isinstance(files, bytes) else sum(map(len, files.values()))
            counted = _operators(replace(asked, formats=(name,)))
            rows.append(f"| {name} | {precision} | {statistics.median(seconds):.3f} | {size} | {counted} |")
    return [*rows, ""]


def _operators(request: Request) -> int:
    """Of the delivered file; fp16's decoding of constants is not counted."""
    artifact = _exported(request)["artifacts"][0]
    return sum(n for name, n in artifact["operators"].items() if name not in ("DEQUANTIZE", "const"))


def _distances(request: Request) -> list[str]:
    """Largest difference of a logit from PyTorch's, as a share of the logits' range."""
    rows = [
        "## Distance from PyTorch",
        "",
        "Largest difference of a logit over three street photographs, as a share of the logits' range, in the"
        " runtime that gates; share of equal labels, the worst photograph.",
        "",
        f"| size | precision | {' | '.join(f'{name} | labels' for name in FORMATS)} |",
        f"|---|---|{'---|---|' * len(FORMATS)}",
    ]
    for size in SIZES:
        for precision in ("fp32", "fp16"):
            artifacts = _exported(replace(request, size=size, precision=precision))["artifacts"]
            cells = [
                f"{a['parity']['max_difference']:.1e} | {a['parity']['label_agreement']:.3%}"
                for a in artifacts
            ]
            rows.append(f"| {size[0]}x{size[1]} | {precision} | {' | '.join(cells)} |")
    return rows


def _exported(request: Request) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return pipeline.export(replace(request, out=Path(folder)), Console(quiet=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
