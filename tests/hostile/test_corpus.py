"""Hostile files: exit 2 and a sentence; nothing in them runs, and nothing outside the output is touched."""

from __future__ import annotations

import pytest

from tests.hostile.arena import Arena
from tests.hostile.commands import CALLS
from tests.hostile.corpus import cases
from tests.hostile.corpus.case import Case

CASES = cases()
FIRST = [pytest.param(case, 0, id=case.name) for case in CASES]
"""Every file through the command that reads the most of it."""
OTHERS = [
    pytest.param(case, call, id=f"{case.name}-{CALLS[case.kind][call].command}-{call}")
    for number, case in enumerate(CASES)
    for call in range(1, len(CALLS[case.kind]))
    if number % 4 == call % 4
]
"""Of every fourth file, another command; `make fuzz` tries every file in all of them."""


@pytest.mark.slow
@pytest.mark.parametrize(("case", "call"), [*FIRST, *OTHERS])
def test_a_hostile_file_is_refused_and_does_nothing(case: Case, call: int, arena: Arena) -> None:
    verdict = arena.attempt(case, CALLS[case.kind][call])
    assert not verdict.complaints, "\n".join(verdict.complaints)


def test_there_are_at_least_thirty_of_every_kind_together() -> None:
    assert len(CASES) >= 30
    assert {case.kind for case in CASES} == set(CALLS)
