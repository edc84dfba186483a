"""The corpus through every command that reads it, and the counts: python -m tests.hostile.survey [WORD...]

With words, only the cases whose names hold one of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hostile.arena import Arena, Verdict
from tests.hostile.commands import CALLS
from tests.hostile.corpus import cases
from tests.sandbox.client import Sandbox


def survey(words: list[str]) -> list[Verdict]:
    chosen = [case for case in cases() if not words or any(word in case.name for word in words)]
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        arena = Arena(Path(folder), sandbox)
        for case in chosen:
            for call in CALLS[case.kind]:
                verdict = arena.attempt(case, call)
                verdicts.append(verdict)
                for complaint in verdict.complaints:
                    print(f"{verdict.case}  {verdict.command}: {complaint}", flush=True)
    return verdicts


def summary(verdicts: list[Verdict]) -> str:
    """The counts of a survey, in lines."""
    outcomes = [verdict.outcome for verdict in verdicts]
    complaints = [complaint for verdict in verdicts for complaint in verdict.complaints]
    rows = (
        ("hostile files", len({verdict.case for verdict in verdicts})),
        ("runs of commands", len(verdicts)),
        ("executed payloads", sum("canary" in complaint for complaint in complaints)),
        ("tracebacks", sum(outcome.traceback for outcome in outcomes)),
        ("files touched or read outside", sum(c.startswith(("touched", "read")) for c in complaints)),
        ("refused, exit 2", sum(outcome.code == 2 for outcome in outcomes)),
        ("accepted as sound, exit 0", sum(outcome.code == 0 for outcome in outcomes)),
        ("complaints", len(complaints)),
        ("most CPU seconds", f"{max(outcome.cpu for outcome in outcomes):.2f}"),
        ("most memory, MB", f"{max(outcome.peak for outcome in outcomes) / 1e6:.0f}"),
    )
    return "\n".join(f"{name:<32}{value:>8}" for name, value in rows)


def main() -> int:
    verdicts = survey(sys.argv[1:])
    print(summary(verdicts))
    return 1 if any(verdict.complaints for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
