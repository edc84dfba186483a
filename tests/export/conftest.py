"""What the tests of this floor share."""

from __future__ import annotations

import pytest


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run side by side: threads that wait for each other would wait for other tests too."""
    monkeypatch.setattr("export.models.THREADS", 1)
