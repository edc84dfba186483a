"""kill -9 and Ctrl-C in fastscnn-quantize and fastscnn-train: their files are whole, old or new."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from fastscnn.errors import FastscnnError
from tests.faults.finding import Finding
from tests.sandbox.client import Sandbox

PICTURES = 10
INTERRUPTED = 130


@dataclass(frozen=True)
class Job:
    """A command that writes files, and how it is seen that they are whole."""

    command: str
    words: tuple[str, ...]
    folder: Path
    whole: Callable[[Path], list[str]]


def data(root: Path) -> Path:
    """A data set of noise."""
    folder = root / "data"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(PICTURES):
        Image.effect_noise((96, 64), 60.0).convert("RGB").save(folder / "images" / f"{number}.png")
        Image.new("L", (96, 64), number % 3).save(folder / "masks" / f"{number}.png")
    (folder / "classes.txt").write_text("road\nsky\ntree\n")
    return folder


def quantizing(root: Path, pictures: Path) -> Job:
    folder = root / "quantized"
    folder.mkdir()
    out = folder / "net.int8.safetensors"
    # noise says nothing of how good the integers are
    words = (
        "--data",
        pictures / "images",
        "--size",
        "64x96",
        "--out",
        out,
        "--force",
        "--min-agreement",
        "0",
    )
    return Job("fastscnn-quantize", tuple(map(str, words)), folder, _quantized)


def training(root: Path, pictures: Path) -> Job:
    folder = root / "trained"
    folder.mkdir()
    out = folder / "net.safetensors"
    words = (pictures, "--out", out, "--size", "64x96", "--epochs", "3", "--batch", "2", "--force")
    return Job("fastscnn-train", tuple(map(str, words)), folder, _trained)


def killed(sandbox: Sandbox, job: Job, times: int, dice: random.Random) -> Finding:
    """At random moments, then once undisturbed."""
    finding = Finding(f"{job.command} killed")
    whole = sandbox.run(job.command, [*job.words, "--quiet"], job.folder.parent / "streams")
    for _ in range(times):
        run = sandbox.start(job.command, [*job.words, "--quiet"], job.folder.parent / "streams")
        time.sleep(dice.uniform(0.1, 1.0) * whole.seconds)
        run.send(signal.SIGKILL)
        outcome = run.outcome()
        finding.add("killed" if outcome.code < 0 else f"exit {outcome.code}", job.whole(job.folder))
    again = sandbox.run(job.command, [*job.words, "--quiet"], job.folder.parent / "streams")
    complaints = [*job.whole(job.folder), *_left(job.folder)]
    if again.code or whole.code:
        complaints.append(f"exit {again.code}: {again.stderr[-300:]}{whole.stderr[-300:]}")
    finding.add("run again", complaints)
    return finding


def interrupted(sandbox: Sandbox, job: Job, times: int) -> Finding:
    finding = Finding(f"{job.command} interrupted")
    whole = sandbox.run(job.command, [*job.words, "--quiet"], job.folder.parent / "streams")
    for turn in range(times):
        run = sandbox.start(job.command, [*job.words, "--quiet"], job.folder.parent / "streams")
        time.sleep(0.05 + whole.seconds * turn / times)
        run.send(signal.SIGINT)
        outcome = run.outcome()
        complaints = [*job.whole(job.folder), *_left(job.folder)]
        if outcome.code not in (0, INTERRUPTED) or outcome.traceback:
            complaints.append(f"exit {outcome.code}: {outcome.stderr[-300:]}")
        finding.add(f"exit {outcome.code}", complaints)
    return finding


def _left(folder: Path) -> list[str]:
    return [f"{path.name} was left" for path in folder.iterdir() if ".part" in path.name]


def _quantized(folder: Path) -> list[str]:
    from fastscnn.graph import file

    return _loads(folder / "net.int8.safetensors", lambda path: file.load(path))


def _trained(folder: Path) -> list[str]:
    import torch

    from fastscnn.network.checkpoint import load

    return [
        *_loads(folder / "net.safetensors", lambda path: load(path)),
        *_loads(folder / "net.training", lambda path: torch.load(path, weights_only=True)),
    ]


def _loads(path: Path, load: Callable[[Path], object]) -> list[str]:
    if not path.exists():
        return []
    try:
        load(path)
    except (FastscnnError, RuntimeError, OSError) as error:
        return [f"{path.name} is no whole file: {error}"]
    return []
