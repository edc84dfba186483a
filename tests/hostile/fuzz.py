"""make fuzz: random damage for as long as one likes. python -m tests.hostile.fuzz [SECONDS] [SEED]

Every tenth input goes through a whole command, in the arena, where what it touches, takes and runs is seen;
the others through the readers alone. What breaks is kept in build/fuzz, to be looked at.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.hostile import survey
from tests.hostile.arena import Arena
from tests.hostile.commands import CALLS
from tests.hostile.corpus.case import Place
from tests.hostile.mutations import HOWS, SOURCES, Damaged, Edit
from tests.hostile.tried import tried
from tests.sandbox.client import ROOT, Sandbox

KEPT = ROOT / "build" / "fuzz"
WHOLE = 10


def drawn(dice: random.Random) -> Damaged:
    """A damaged file, as hypothesis would draw it, without its bookkeeping: this one is to be fast."""
    made = [
        Edit(
            dice.choice(HOWS),
            dice.random() < 0.75,
            dice.random(),
            dice.randint(1, 400),
            dice.randrange(10**5),
        )
        for _ in range(dice.randint(1, 4))
    ]
    return Damaged(dice.choice(list(SOURCES)), tuple(made))


def fuzz(seconds: float, seed: int) -> int:
    dice = random.Random(seed)
    endings: Counter[str] = Counter()
    broken = 0
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        root = Path(folder)
        arena = Arena(root / "arena", sandbox)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            one = drawn(dice)
            if sum(endings.values()) % WHOLE == 0:
                case = one.case()
                verdict = arena.attempt(case, dice.choice(CALLS[case.kind]))
                verdicts.append(verdict)
                endings[f"a command ended with {verdict.outcome.code}"] += 1
                complaint = "\n".join(verdict.complaints)
            else:
                complaint, ending = _read(one, root)
                endings[ending] += 1
            if complaint:
                broken += 1
                print(f"{one.source}: {complaint}\n  kept: {_keep(one, broken)}", flush=True)
    for ending, count in sorted(endings.items()):
        print(f"{ending:<40}{count:>8}")
    if verdicts:
        print(survey.summary(verdicts))
    print(f"{'damaged inputs':<40}{sum(endings.values()):>8}\n{'of which broke something':<40}{broken:>8}")
    return 1 if broken else 0


def _read(one: Damaged, root: Path) -> tuple[str, str]:
    try:
        return "", f"a reader {'took' if tried(one, root) == 'read' else 'refused'} it"
    except Exception:
        return traceback.format_exc(), "a reader broke"


def _keep(one: Damaged, number: int) -> Path:
    target = KEPT / f"{one.source} {number}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    return one.case().make(Place(target, target / "canary", target))


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}, {seconds:g} s", flush=True)
    return fuzz(seconds, seed)


if __name__ == "__main__":
    sys.exit(main())
