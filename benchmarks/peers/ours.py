"""Our own files, by the commands that a user would give, watched as the peers are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers import watched
from benchmarks.peers.building import ROOT, THREADS
from benchmarks.peers.contract import Kit
from benchmarks.peers.made import Made
from benchmarks.peers.watched import Ended
from fastscnn.errors import GateError

EMBEDDED = ROOT / "fastscnn" / "weights" / "camvid.int8.safetensors"
JUDGED = ("--limit", "8")
"""The others judge nothing while they write; the table's figures are made apart."""


@dataclass(frozen=True)
class Own:
    """One of our files, and the options of fastscnn-export for it."""

    name: str
    title: str
    suffix: str
    options: tuple[str, ...] = ()


OURS = (
    Own("ours", "ours, default", ".tflite"),
    Own("ours_plain", "ours, `--plain`", ".tflite", ("--plain",)),
    Own("ours_phone", "ours, `--preset phone`", ".tflite", ("--preset", "phone")),
    Own("ours_onnx", "ours, default", ".onnx"),
    Own("ours_onnx_phone", "ours, `--preset phone`", ".onnx", ("--preset", "phone")),
    Own("ours_coreml", "ours, default", ".mlpackage"),
)
FORMATS = {".tflite": "tflite", ".onnx": "onnx", ".mlpackage": "coreml"}


def make(kit: Kit, data: Path | None, folder: Path, limit: float, say: Callable[[str], None]) -> list[Made]:
    """All of them from one quantized file; without data its integers are the embedded ones."""
    decided = None
    if data is None:
        shutil.copyfile(EMBEDDED, kit.integers)
    else:
        say("ours: quantizing")
        words = ["--data", str(data), "--size", _size(kit), "--pictures", str(kit.pictures), *JUDGED]
        decided = _run("quantize.cli", [*words, "--out", str(kit.integers), "--force"], kit.folder, limit)
        if decided.code != 0:
            raise GateError(f"fastscnn-quantize failed: {decided.complaint()}")
    made = []
    for own in OURS:
        say(f"{own.title}, {own.suffix}: writing")
        made.append(_exported(own, kit, folder / own.name, decided, limit))
    return made


def _exported(own: Own, kit: Kit, place: Path, decided: Ended | None, limit: float) -> Made:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    words = [str(kit.integers), "--format", FORMATS[own.suffix], "--size", _size(kit), "--artifacts-only"]
    ended = _run("export.cli", [*words, "--out", str(place), *own.options], place, limit)
    steps = [step for step in (decided, ended) if step is not None]
    known = Made(
        own.name,
        own.title,
        None,
        round(sum(step.seconds for step in steps), 1),
        round(sum(step.cpu_seconds for step in steps), 1),
        max(step.peak_bytes for step in steps),
        pixels=True,
        ours=True,
        note=f"{ended.cpu_seconds:.0f} s of its CPU time to write the file and prove it",
    )
    if ended.code != 0:
        return known.failed(ended.complaint()).save(place)
    (file,) = place.glob(f"*{own.suffix}")
    return replace(known, file=file).save(place)


def _run(module: str, words: list[str], folder: Path, limit: float) -> Ended:
    return watched.run(
        [sys.executable, "-m", module, *words],
        folder / "log.txt",
        limit,
        {**THREADS, "PYTHONPATH": str(ROOT)},
    )


def _size(kit: Kit) -> str:
    return f"{kit.size[0]}x{kit.size[1]}"
