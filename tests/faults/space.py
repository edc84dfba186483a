"""No room and no right to write: disks that fill up, files that may not grow, folders that are read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.delivery import Delivery, Workbench, artifacts
from tests.faults.finding import Finding

MEGABYTE = 1 << 20


class NoMount(Exception):  # noqa: N818
    """This process may not mount."""


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A file system in memory, of its own size and rights."""
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise NoMount("mounting a small disk needs root")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        raise NoMount("this system allows no mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def full_disks(bench: Workbench, megabytes: tuple[int, ...]) -> Finding:
    """On disks on which a delivery, or a second one beside the first, does not fit."""
    finding = Finding("a full disk")
    for number, size in enumerate(megabytes):
        try:
            with mounted(bench.root / f"disk{number}", f"size={size}m") as disk:
                _fill(bench, disk / "out", f"{size} MB", finding)
        except NoMount as reason:
            finding.skipped = str(reason)
            return finding
    return finding


def _fill(bench: Workbench, out: Path, what: str, finding: Finding) -> None:
    for wanted in (bench.old, bench.new):
        before = artifacts(out)
        outcome = bench.complete(wanted, out)
        complaints = bench.complaints(out, clean=outcome.code == 0) if out.exists() else []
        if outcome.code not in (0, 2) or outcome.traceback:
            complaints.append(f"exit {outcome.code}: {outcome.stderr[-300:]}")
        if outcome.code == 2 and artifacts(out) != before:
            complaints.append("a failed run changed artifacts")
        finding.add(f"exit {outcome.code} with {what}", complaints)


def short_files(bench: Workbench, sizes: tuple[int, ...]) -> Finding:
    """Where no file may be longer than this: as a quota refuses."""
    finding = Finding("files that may not grow")
    for size in sizes:
        out = bench.folder(holding=bench.old)
        outcome = bench.complete(bench.new, out, limits={"RLIMIT_FSIZE": size})
        complaints = bench.complaints(out, clean=True)
        if outcome.code != 2 or outcome.traceback:
            complaints.append(f"exit {outcome.code}: {outcome.stderr[-300:]}")
        if artifacts(out) != bench.old.digests:
            complaints.append("a failed run changed artifacts")
        finding.add(f"exit {outcome.code}", complaints)
    return finding


def read_only(bench: Workbench) -> Finding:
    """Where nothing may be written: an empty folder, and one that holds a delivery."""
    finding = Finding("a read-only folder")
    place = bench.root / "fixed"
    try:
        with mounted(place, "size=64m") as disk:
            shutil.copytree(bench.root / "old", disk / "held")
            (disk / "empty").mkdir()
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            for name, held in (("held", bench.old), ("empty", None), ("not-there", None)):
                _refused(bench, disk / name, held, finding)
    except NoMount as reason:
        if os.geteuid() == 0:
            # root writes into any folder that is not mounted so
            finding.skipped = str(reason)
            return finding
        place = bench.folder(holding=bench.old)
        place.chmod(0o500)
        try:
            _refused(bench, place, bench.old, finding)
        finally:
            place.chmod(0o700)
    return finding


def _refused(bench: Workbench, out: Path, held: Delivery | None, finding: Finding) -> None:
    outcome = bench.complete(bench.new, out)
    complaints = []
    if outcome.code != 2 or outcome.traceback:
        complaints.append(f"exit {outcome.code}: {outcome.stderr[-300:]}")
    if artifacts(out) != (held.digests if held is not None else {}):
        complaints.append("artifacts changed")
    finding.add(f"exit {outcome.code}", complaints)
