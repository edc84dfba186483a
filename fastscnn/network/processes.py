"""The processes that train together, as `torchrun` starts them; one without it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed

from fastscnn.errors import UsageError


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this one is, and where it computes."""

    rank: int = 0
    world: int = 1
    device: str = "cpu"

    @property
    def first(self) -> bool:
        """The process that validates, saves and speaks."""
        return self.rank == 0


@contextmanager
def joined(device: str = "cpu") -> Iterator[Processes]:
    """Join the processes that torchrun's environment names; leave them at the end."""
    chosen = _device(device)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes(device=chosen)
        return
    if chosen == "cuda":
        chosen = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.startswith("cuda") else "gloo")
    try:
        yield Processes(distributed.get_rank(), world, chosen)
    finally:
        distributed.destroy_process_group()


def _device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("torch finds no CUDA device.", "Use --device cpu.")
    return wanted
