"""Kills, interruptions, full disks, two runs at once: every artifact is whole, old or new. The short form."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import interrupts, kills, other_commands, rebuilds, space, together
from tests.faults.delivery import Workbench
from tests.faults.finding import Finding
from tests.sandbox.client import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]
DICE = random.Random(8)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


@pytest.fixture(scope="module")
def bench(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("bench"), sandbox)


def require(finding: Finding) -> None:
    """Skips where the system does not let the fault be made."""
    if finding.skipped:
        pytest.skip(finding.skipped)
    assert not finding.complaints, "\n".join(finding.complaints)
    assert finding.trials


def test_a_kill_at_any_moment(bench: Workbench) -> None:
    require(kills.anywhere(bench, 4, DICE))


def test_a_kill_while_files_change_places(bench: Workbench) -> None:
    require(kills.delivering(bench, 4, DICE))


def test_ctrl_c_in_each_phase(bench: Workbench) -> None:
    require(interrupts.interrupts(bench, 4))


def test_a_disk_that_fills_up(bench: Workbench) -> None:
    require(space.full_disks(bench, (5, 18)))


def test_files_that_may_not_grow(bench: Workbench) -> None:
    require(space.short_files(bench, (100_000,)))


def test_a_folder_that_may_not_be_written(bench: Workbench) -> None:
    require(space.read_only(bench))


def test_two_exports_into_one_folder(bench: Workbench) -> None:
    require(together.together(bench, 2))


def test_a_killed_quantization(sandbox: Sandbox, tmp_path: Path) -> None:
    job = other_commands.quantizing(tmp_path, other_commands.data(tmp_path))
    require(other_commands.killed(sandbox, job, 2, DICE))
    require(other_commands.interrupted(sandbox, job, 2))


def test_rebuilds_under_other_conditions(tmp_path: Path) -> None:
    found, seen = rebuilds.rebuilds(tmp_path, ("--size", "64x96"), 2)
    require(found)
    assert len(seen) == 3
    assert {len(digests) for digests in seen.values()} == {1}
