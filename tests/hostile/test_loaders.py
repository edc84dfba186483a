"""Damaged files in the readers: what they raise is an error of ours, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.mutations import SOURCES, Damaged, damaged
from tests.hostile.tried import tried

INPUTS = int(os.environ.get("FUZZ_INPUTS", "12"))
"""Of each kind."""


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_damage_is_told_in_an_error_of_ours(source: str, tmp_path: Path) -> None:
    @settings(
        max_examples=INPUTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged((source,)))
    def each(one: Damaged) -> None:
        tried(one, tmp_path)

    each()


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_the_sound_file_is_read(source: str, tmp_path: Path) -> None:
    assert tried(Damaged(source, ()), tmp_path) == "read"
