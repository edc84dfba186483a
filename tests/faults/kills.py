"""kill -9 at any moment: of exports, anywhere in a run and while files change places; of other commands."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from tests.faults.delivery import Delivery, Workbench
from tests.faults.finding import Finding
from tests.sandbox.client import Run

AIMED = 0.004
"""Seconds within which three artifacts and three documents change places."""


def anywhere(bench: Workbench, times: int, dice: random.Random) -> Finding:
    """At a random moment of the whole run, old and new deliveries in turn; the next run clears."""
    finding = Finding("killed at a random moment")
    out = bench.folder(holding=bench.old)
    for turn in range(times):
        wanted = bench.old if turn % 2 else bench.new
        run = bench.start(wanted, out)
        time.sleep(dice.uniform(0, 1.1 * wanted.seconds))
        finding.add(_killed(run), bench.complaints(out, clean=False))
    return _cleared(bench, out, finding)


def delivering(bench: Workbench, times: int, dice: random.Random) -> Finding:
    """Just when the first artifact has changed places."""
    finding = Finding("killed while it delivers")
    out = bench.folder(holding=bench.old)
    for turn in range(times):
        wanted = bench.old if turn % 2 else bench.new
        before = _first(out)
        run = bench.start(wanted, out)
        while _first(out) == before and not run.done.is_set():
            pass
        time.sleep(dice.uniform(0, AIMED))
        finding.add(_killed(run), bench.complaints(out, clean=False))
        if turn % 5 == 4:
            # a whole run in between, or nothing would differ any more
            bench.complete(wanted, out)
    return _cleared(bench, out, finding)


def _first(out: Path) -> int:
    try:
        return (out / "net_64x96_fp32.onnx").stat().st_ino
    except OSError:
        return 0


def _killed(run: Run) -> str:
    run.send(signal.SIGKILL)
    outcome = run.outcome()
    return "killed" if outcome.code == -signal.SIGKILL else f"exit {outcome.code}"


def _cleared(bench: Workbench, out: Path, finding: Finding) -> Finding:
    """The next run leaves what an undisturbed one would, and nothing else."""
    outcome = bench.complete(bench.new, out)
    complaints = bench.complaints(out, clean=True)
    complaints += differing(bench.new, out)
    finding.complaints += [f"{finding.fault}, then run again: {c}" for c in complaints]
    if outcome.code:
        finding.complaints.append(f"the next run failed: {outcome.stderr[-300:]}")
    return finding


def differing(delivery: Delivery, out: Path) -> list[str]:
    """Artifacts that are not those of an undisturbed run."""
    from tests.faults.delivery import artifacts

    held = artifacts(out)
    return [name for name, digest in delivery.digests.items() if held.get(name) != digest]
