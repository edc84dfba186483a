"""What peers are given, small."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.peers.contract import Kit
from benchmarks.peers.ours import EMBEDDED
from export import kit as handed

SIZE = "64x96"


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    assert handed.main([str(folder), SIZE, "2"]) == 0
    given = Kit.open(folder)
    shutil.copyfile(EMBEDDED, given.integers)
    return given


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path
