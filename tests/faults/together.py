"""Two exports into one folder at once: both deliver, whole, and the manifest tells what stands."""

from __future__ import annotations

from tests.faults.delivery import Workbench
from tests.faults.finding import Finding


def together(bench: Workbench, times: int) -> Finding:
    """The same delivery twice, and two that differ in every artifact."""
    finding = Finding("two exports into one folder")
    for turn in range(times):
        out = bench.folder()
        second = bench.old if turn % 2 else bench.new
        runs = [bench.start(bench.old, out), bench.start(second, out)]
        codes = [run.outcome().code for run in runs]
        complaints = bench.complaints(out, clean=True)
        if codes != [0, 0]:
            complaints.append(f"exits {codes}: {[run.outcome().stderr[-200:] for run in runs]}")
        finding.add("the same" if second is bench.old else "two different ones", complaints)
    return finding
