"""An architecture's files are fetched once, and again when the recipe changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.arm import debian, system
from benchmarks.arm.architectures import ARM64, Architecture
from benchmarks.arm.system import system_of
from fastscnn.errors import BoardError


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was fetched, in place of fetching it."""
    names: list[str] = []

    def unpack(packages: tuple[str, ...], architecture: str, suite: str, folder: Path) -> None:
        names.append(architecture)
        folder.mkdir()

    monkeypatch.setattr(debian, "unpack", unpack)
    monkeypatch.setattr(system, "_install_wheels", lambda architecture, folder: None)
    return names


def asked(architecture: Architecture, folder: Path) -> system.System:
    return system_of(architecture, folder, lambda text: None)


def test_once(fetched: list[str], tmp_path: Path) -> None:
    assert asked(ARM64, tmp_path) == asked(ARM64, tmp_path)
    assert fetched == ["arm64"]


def test_again_for_another_runtime_and_nothing_old_is_left(fetched: list[str], tmp_path: Path) -> None:
    (asked(ARM64, tmp_path).folder / "old").touch()
    newer = asked(replace(ARM64, runtimes=("ai-edge-litert==2.3.0",)), tmp_path)
    assert fetched == ["arm64", "arm64"]
    assert not (newer.folder / "old").exists()


def test_again_after_a_failure(fetched: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(architecture: Architecture, folder: Path) -> None:
        raise BoardError("pip could not fetch it")

    with monkeypatch.context() as patch:
        patch.setattr(system, "_install_wheels", fail)
        with pytest.raises(BoardError):
            asked(ARM64, tmp_path)
    asked(ARM64, tmp_path)
    assert fetched == ["arm64", "arm64"]
