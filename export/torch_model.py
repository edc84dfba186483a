"""A checkpoint's network in PyTorch, as artifacts are run: a map in, a map out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from fastscnn.graph import shapes
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Array
from fastscnn.info import Size
from fastscnn.network import running

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint


def runtime(threads: int) -> str:
    return f"PyTorch {torch.__version__}, CPU, {threads} thread{'' if threads == 1 else 's'}"


def require_size(checkpoint: Checkpoint, size: Size) -> None:
    """SizeError where the network cannot be run at this size: the sizes that can be exported, no others."""
    shapes.resolve(lower(checkpoint.network, names=checkpoint.names), size)


def computing(checkpoint: Checkpoint, threads: int) -> Callable[[Array], Array]:
    """A normalised picture, height x width x 3, to the logits at 1/8."""
    return running.computing(checkpoint.network, threads)
