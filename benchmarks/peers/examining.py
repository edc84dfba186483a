"""Every file that was made, judged in a process of its own: a broken one takes nobody with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import Facts, digest
from benchmarks.peers import watched
from benchmarks.peers.building import ROOT
from benchmarks.peers.contract import Kit
from benchmarks.peers.made import Made

RUNNABLE = (".tflite", ".onnx")
FLOAT = "float"


@dataclass(frozen=True)
class Judging:
    """On what files are judged."""

    kit: Kit
    data: Path | None
    pictures: int | None
    """None: all."""
    folder: Path
    limit: float
    """Seconds a file."""


def examine(made: Sequence[Made], judging: Judging, say: Callable[[str], None]) -> dict[str, Facts]:
    """What was found in each file, by name, the float network's first; `error` where it does not run."""
    base = Made(FLOAT, "the float network", judging.kit.tflite)
    found = {FLOAT: _examined(base, judging, None, say)}
    for one in made:
        if one.file is not None and one.file.suffix in RUNNABLE:
            found[one.name] = _examined(one, judging, judging.folder / f"{FLOAT}.npz", say)
    return found


def _examined(one: Made, judging: Judging, reference: Path | None, say: Callable[[str], None]) -> Facts:
    """Kept beside its labels; made again where the file, the pictures or the judge changed."""
    assert one.file is not None
    judging.folder.mkdir(parents=True, exist_ok=True)
    job, answer = (judging.folder / f"{one.name}.{part}.json" for part in ("job", "answer"))
    asked = {
        "file": str(one.file),
        "sha256": one.sha256,
        "pixels": one.pixels,
        "kit": str(judging.kit.folder),
        "pictures": digest(judging.kit.calibration),
        "integers": digest(judging.kit.integers),
        "data": str(judging.data) if judging.data else None,
        "judged": judging.pictures,
        "reference": str(reference) if reference else None,
        "labels": str(judging.folder / f"{one.name}.npz"),
    }
    text = json.dumps(asked, indent=2)
    if answer.exists() and job.read_text() == text:
        return _read(answer)
    say(f"{one.title}{one.file.suffix}: judging")
    answer.unlink(missing_ok=True)
    job.write_text(text)
    command = [sys.executable, "-m", "benchmarks.peers.judge", str(job), str(answer)]
    ended = watched.run(command, judging.folder / f"{one.name}.log", judging.limit, {"PYTHONPATH": str(ROOT)})
    if ended.code != 0:
        answer.write_text(json.dumps({"error": f"its file does not run: {ended.complaint()}"}))
    return _read(answer)


def _read(answer: Path) -> Facts:
    facts: Facts = json.loads(answer.read_text())
    return facts
