"""The float network in PyTorch, as a user has it: the embedded one, its batch norms unfolded."""

from __future__ import annotations

from typing import Any


def network() -> Any:
    """Takes 1 x 3 x height x width, normalised; gives logits at full size."""
    from fastscnn.network import checkpoint

    return checkpoint.load(None).network.eval()
