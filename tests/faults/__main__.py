"""make faults: every kind of fault, counted. python -m tests.faults [--kills N] [--rebuilds N] [--seed N]"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults import interrupts, kills, other_commands, rebuilds, space, together
from tests.faults.delivery import Workbench
from tests.faults.finding import Finding
from tests.sandbox.client import Sandbox

MEGABYTES = (1, 3, 5, 8, 10, 12, 14, 18, 24)
"""Of small disks: three artifacts have some twelve."""
FILE_SIZES = (20_000, 100_000, 1_000_000, 4_000_000)


def faults(root: Path, count: int, rebuilt: int, dice: random.Random) -> Iterator[Finding]:
    """Each kind in turn, told as soon as it is known."""
    with Sandbox() as sandbox:
        bench = Workbench(root, sandbox)
        yield kills.anywhere(bench, (count + 1) // 2, dice)
        yield kills.delivering(bench, count // 2, dice)
        yield interrupts.interrupts(bench, max(4, count // 3))
        yield space.full_disks(bench, MEGABYTES)
        yield space.short_files(bench, FILE_SIZES)
        yield space.read_only(bench)
        yield together.together(bench, max(2, count // 10))
        pictures = other_commands.data(root)
        for job in (other_commands.quantizing(root, pictures), other_commands.training(root, pictures)):
            yield other_commands.killed(sandbox, job, max(2, count // 10), dice)
            yield other_commands.interrupted(sandbox, job, max(3, count // 10))
    found, seen = rebuilds.rebuilds(root, ("--size", "64x96"), rebuilt)
    for name, digests in sorted(seen.items()):
        print(f"  {len(digests)} distinct digest of {name} in {found.trials} rebuilds", flush=True)
    yield found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="half of them while it delivers")
    parser.add_argument("--rebuilds", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        for finding in faults(Path(folder), options.kills, options.rebuilds, random.Random(seed)):
            findings.append(finding)
            print(finding.line(), flush=True)
            for complaint in finding.complaints:
                print(f"  {complaint}", flush=True)
    broken = sum(len(finding.complaints) for finding in findings)
    print(f"{sum(finding.trials for finding in findings)} trials, {broken} complaints")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
