"""One warm process for all hostile files of a test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.arena import Arena
from tests.sandbox.client import Sandbox


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Sandbox() as sandbox:
        yield Arena(tmp_path_factory.mktemp("arena"), sandbox)
