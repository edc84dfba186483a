"""What changes as training goes on: the learning rate, and the averaged weights."""

from __future__ import annotations

import copy

import torch

from fastscnn.network.network import FastSCNN


def learning_rate(step: int, steps: int, peak: float, warmup: int, power: float) -> float:
    """Linear warm-up, then polynomial decay to zero."""
    if step < warmup:
        return peak * (step + 1) / warmup
    left = max(0.0, 1 - (step - warmup) / max(1, steps - warmup))
    return float(peak * left**power)


class Averaged:
    """Exponential moving average of a network's weights and batch-norm statistics."""

    def __init__(self, network: FastSCNN, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, network: FastSCNN) -> None:
        """One step towards the network; the first steps forget faster."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 9))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floats], [theirs[name] for name in floats], 1 - decay)
        for name, value in mine.items():
            if not value.is_floating_point():
                value.copy_(theirs[name])
