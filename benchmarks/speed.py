"""`make speed`: what docs/speed.md says, measured: each rewrite alone, and the whole way of a frame.

    python -m benchmarks.speed docs/speed.md [FOLDER [SECONDS [ROUNDS]]]

SECONDS for each file of a pair, ROUNDS for each way. Everything that is compared is measured in turns, and
given as a ratio: a noisy machine slows both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import frames
from benchmarks.frames import Lane, Timed
from benchmarks.latency import Facts
from benchmarks.speed_page import page
from benchmarks.speed_plan import (
    CHANGES,
    EIGHTH,
    FAMILIES,
    FP32,
    INT8,
    OUR_STEPS,
    OWN_CLASSES,
    RGBA,
    SIZE,
    THREADS,
    USUAL,
    USUAL_STEPS,
    Change,
    Family,
    Options,
)

FORMATS = ("tflite", "onnx")


def main(arguments: Sequence[str]) -> int:
    target, folder, seconds, rounds = [*arguments, *("", "build/speed", "8", "40")[len(arguments) :]]
    exporter = Exporter(Path(folder))
    compared = [(change, _compared(exporter, change, float(seconds))) for change in CHANGES]
    ways = {threads: _ways(exporter, threads, int(rounds)) for threads in THREADS}
    Path(target).write_text(page(compared, ways))
    print(Path(target).read_text())
    return 0


class Exporter:
    """Files by the commands that a user would give, each made once."""

    def __init__(self, folder: Path, size: str = SIZE) -> None:
        self.folder, self.size = folder, size

    @cache  # noqa: B019  one exporter a run
    def artifact(self, format: str, options: Options, classes: int = OWN_CLASSES) -> Facts:
        """An artifact's entry in the exporter's report, its `file` a path; and the model's."""
        if options == USUAL:
            return {"file": Path(self.usual(classes)["files"][format])}
        checkpoint = [] if classes == OWN_CLASSES else [self.usual(classes)["quantized"]]
        where = ["--size", self.size, "--out", str(self.folder), "--name", f"net{classes}", "--force"]
        words = [*checkpoint, "--format", format, *where, "--json", "--quiet", *options]
        report = _printed("export.cli", *words)
        (artifact,) = report["artifacts"]
        return {**artifact, "file": self.folder / artifact["file"], "model": report["model"]}

    @cache  # noqa: B019
    def usual(self, classes: int = OWN_CLASSES) -> Facts:
        found: Facts = _printed("export.usual", str(self.folder), self.size, str(classes))
        return found


def _printed(module: str, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module, *words], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def _compared(exporter: Exporter, change: Change, seconds: float) -> Facts:
    """latency.py's document for one pair."""
    files = [
        str(exporter.artifact(change.format, options)["file"]) for options in (change.before, change.after)
    ]
    threads = ",".join(map(str, THREADS))
    options = ["--threads", threads, "--seconds", str(seconds), "--no-profile", "--json", "--quiet"]
    found: Facts = _printed("benchmarks.latency", "--compare", *files, *options)
    return found


def _ways(exporter: Exporter, threads: int, rounds: int) -> dict[str, list[Timed]]:
    """By what the files are; all ways of one format take turns with one another."""
    frame, found = np.load(exporter.usual()["frame"]), {}
    for format in FORMATS:
        lanes = {f"{format} {family.name}": lanes_of(exporter, format, family) for family in FAMILIES}
        together = [lane for own in lanes.values() for lane in own]
        timed = iter(frames.measure(together, frame, threads, rounds))
        found.update({name: [next(timed) for _ in own] for name, own in lanes.items()})
    return found


def lanes_of(exporter: Exporter, format: str, family: Family) -> list[Lane]:
    """Ours first, then the usual ways."""
    ours = exporter.artifact(format, (*family.precision, *EIGHTH, *RGBA), family.classes)
    output, model = ours["output"], ours["model"]
    if family.precision == INT8:
        other = exporter.artifact(format, USUAL, family.classes)
        normalisation = exporter.usual(family.classes)
    else:
        other = exporter.artifact(format, (*FP32, "--input", "tensor", "--plain"))
        normalisation = model["preprocessing"]
    mine = [
        Lane(
            f"ours, {after}",
            ours["file"],
            "bytes" if family.precision == INT8 else "floats",
            after,
            output["scale"],
            output["zero_point"],
            model["align_corners"],
        )
        for after in OUR_STEPS
    ]
    usual = [
        Lane(
            f"usual steps in {before.rpartition(' ')[2]}",
            other["file"],
            before,
            after,
            mean=tuple(normalisation["mean"]),
            std=tuple(normalisation["std"]),
        )
        for before, after in USUAL_STEPS
    ]
    return [*mine, *usual]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
