"""The same export under other clocks, locales, hash seeds and thread counts: the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.delivery import artifacts
from tests.faults.finding import Finding
from tests.sandbox.client import ROOT

FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)
"""Debian's package libfaketime, where it is installed: another clock for one process."""
CLOCKS = ("2001-01-01 00:00:00", "2037-12-31 23:59:59", "2024-02-29 12:00:00", "1999-12-31 23:59:58")
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "<+14>-14")
LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8")


def conditions(count: int) -> Iterator[dict[str, str]]:
    """Surroundings that differ from each other in everything that must not matter."""
    library = next((path for path in FAKETIME if Path(path).exists()), None)
    for turn in range(count):
        surroundings = {
            "TZ": ZONES[turn % len(ZONES)],
            "LC_ALL": LOCALES[turn % len(LOCALES)],
            "LANG": LOCALES[(turn + 1) % len(LOCALES)],
            "PYTHONHASHSEED": str((turn * 7919) % 4294967295),
            "OMP_NUM_THREADS": str(turn % 4 + 1),
            "SOURCE_DATE_EPOCH": str(turn * 100_000_000),
            "COLUMNS": str(40 + turn),
            "USER": f"user{turn}",
            "HOSTNAME": f"host{turn}",
        }
        if library is not None:
            surroundings |= {"LD_PRELOAD": library, "FAKETIME": f"@{CLOCKS[turn % len(CLOCKS)]}"}
        yield surroundings


def rebuilds(root: Path, words: Sequence[str | Path], count: int) -> tuple[Finding, dict[str, set[str]]]:
    """Each in a process and a folder of its own; the digests of each artifact that were seen."""
    finding = Finding("rebuilt under other conditions")
    seen: dict[str, set[str]] = {}
    for turn, surroundings in enumerate(conditions(count)):
        out = root / f"rebuilt {turn}"
        done = subprocess.run(
            [sys.executable, "-m", "export.cli", *map(str, words), "--out", str(out), "--quiet"],
            cwd=ROOT,
            env={**os.environ, **surroundings},
            capture_output=True,
            text=True,
        )
        held = artifacts(out)
        for name, digest in held.items():
            seen.setdefault(name, set()).add(digest)
        complaints = [f"{name} has other bytes" for name in held if len(seen[name]) > 1]
        if done.returncode or not held:
            complaints.append(f"exit {done.returncode}: {done.stderr[-300:]}")
        finding.add(f"exit {done.returncode}", complaints)
        shutil.rmtree(out, ignore_errors=True)
    return finding, seen
