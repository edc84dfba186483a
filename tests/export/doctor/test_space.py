"""Memory and disk against what an export takes."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from export.doctor import space


def test_enough_of_both_is_well() -> None:
    free = space.available_memory()
    assert free is None or free > 0
    assert [finding.subject for finding in space.findings()] == ["memory", "this folder", "temporary folder"]


@pytest.mark.parametrize(("free", "state"), [(1e8, "warning"), (64e9, "ok"), (None, "note")])
def test_little_memory_is_said(free: float | None, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "available_memory", lambda: free)
    memory = next(space.findings())
    assert memory.state == state
    assert bool(memory.remedy) == (state == "warning")


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**6))
    _, *disks = space.findings()
    assert {finding.state for finding in disks} == {"warning"}
