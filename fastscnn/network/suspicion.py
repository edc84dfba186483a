"""Where batch-norm statistics contradict what is assumed of a checkpoint."""

from __future__ import annotations

from fastscnn.info import ModelInfo
from fastscnn.network.matching import Network


def suspicions(network: Network, info: ModelInfo) -> tuple[str, ...]:
    """Warnings, each a sentence that says what to try."""
    return ()
