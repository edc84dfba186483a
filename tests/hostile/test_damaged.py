"""Damaged files in the whole commands: exit 2 or 0, no traceback, nothing touched."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.arena import Arena
from tests.hostile.commands import CALLS
from tests.hostile.mutations import Damaged, damaged

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20"))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_a_damaged_file_is_refused_or_harmless(part: int, arena: Arena) -> None:
    # two parts for two workers; each has inputs of its own
    @settings(
        max_examples=INPUTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged())
    def each(one: Damaged) -> None:
        case = one.case()
        calls = CALLS[case.kind]
        verdict = arena.attempt(case, calls[(part + len(one.content())) % len(calls)])
        assert not verdict.complaints, "\n".join(verdict.complaints)

    each()
