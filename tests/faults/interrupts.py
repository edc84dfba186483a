"""Ctrl-C in each phase of a run: exit 130, the folder as it was or complete."""

from __future__ import annotations

import signal
import time

from tests.faults.delivery import Workbench, artifacts
from tests.faults.finding import Finding

INTERRUPTED = 130


def interrupts(bench: Workbench, times: int) -> Finding:
    """At evenly spaced moments of a run, over a folder that holds another delivery."""
    finding = Finding("interrupted in each phase")
    for turn in range(times):
        out = bench.folder(holding=bench.old)
        run = bench.start(bench.new, out)
        # the very first moments belong to Python, which has not called us yet
        time.sleep(0.05 + bench.new.seconds * turn / times)
        run.send(signal.SIGINT)
        outcome = run.outcome()
        complaints = bench.complaints(out, clean=True)
        if outcome.code not in (0, INTERRUPTED) or outcome.traceback:
            complaints.append(f"exit {outcome.code}: {outcome.stderr[-300:]}")
        if outcome.code == INTERRUPTED and artifacts(out) not in (bench.old.digests, bench.new.digests):
            complaints.append("a mixture of two deliveries")
        finding.add(f"exit {outcome.code}", complaints)
    return finding
