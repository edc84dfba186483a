"""Hostile files: exit 2 and a sentence; nothing in them runs, and nothing outside the output is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import make_corpus
from tests.hostile.arena import Arena
from tests.hostile.commands import CALLS, Call
from tests.hostile.corpus import cases
from tests.hostile.corpus.case import Case

CASES = cases()


def in_turns() -> Iterator[tuple[Case, Call]]:
    """Every file in one of the commands that read its kind, these in turns; `make fuzz` tries all in all."""
    met: Counter[str] = Counter()
    for case in CASES:
        calls = CALLS[case.kind]
        yield case, calls[met[case.kind] % len(calls)]
        met[case.kind] += 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "call"),
    [pytest.param(case, call, id=f"{case.name}-{call.command}") for case, call in in_turns()],
)
def test_a_hostile_file_is_refused_and_does_nothing(case: Case, call: Call, arena: Arena) -> None:
    verdict = arena.attempt(case, call)
    assert not verdict.complaints, "\n".join(verdict.complaints)


def test_there_are_files_for_every_command_that_reads_any() -> None:
    assert len(CASES) >= 30
    assert {case.kind for case in CASES} == set(CALLS)


@pytest.mark.slow
def test_the_script_writes_them_all(tmp_path: Path) -> None:
    made = make_corpus.make(tmp_path)
    assert len(made) == len(CASES)
    assert not list(tmp_path.rglob("canary"))
