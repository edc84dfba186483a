"""tryit.html: the delivered integers running in the reader's browser, from one file that asks for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from export.bundle import TRY_IT, Staged
from export.source import Source
from export.tryit import network, page
from export.tryit.network import require
from fastscnn.info import Size

__all__ = ["compose", "require"]


def compose(source: Source, size: Size, name: str, delivered: Sequence[Staged]) -> tuple[str, dict[str, Any]]:
    """The page of what is delivered, and what the report says of it."""
    spelled = network.spelled(source, size, name)
    text = page.build(spelled, delivered)
    return text, {"file": TRY_IT, "bytes": len(text.encode()), "network_sha256": spelled.sha256}
