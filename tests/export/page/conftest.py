"""What the page's tests share: exports with their pages, and a browser."""

from __future__ import annotations

import pytest

from tests.export.page.exported import Exported, exported

SIZE = (96, 128)


@pytest.fixture(scope="session")
def integers(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The embedded network in int8, in every format."""
    return exported(tmp_path_factory.mktemp("integers"), precision="int8", size=SIZE)


@pytest.fixture(scope="session")
def floats(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The same in float."""
    return exported(tmp_path_factory.mktemp("floats"), size=SIZE)


@pytest.fixture(scope="session")
def eighths(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """What a phone takes: a camera's bytes in, logits at 1/8 out."""
    phone = {"precision": "int8", "input": "rgba", "stride": 8}
    return exported(tmp_path_factory.mktemp("eighths"), ["tflite"], size=SIZE, **phone)
