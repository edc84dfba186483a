"""How a network is trained, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from fastscnn.info import Size

SMALL_SCALES = (0.6, 1.6)
FULL_SCALES = (0.75, 1.75)


@dataclass(frozen=True)
class Phase:
    """A stretch of the training with its own crops."""

    until: float
    """Share of all epochs after which the next phase begins."""
    size: Size
    """Of a crop."""
    scales: tuple[float, float]
    """Range of a crop's magnification."""


def small_then_full(size: Size, share: float = 0.7) -> tuple[Phase, ...]:
    """Crops of two thirds of the size for a share of the epochs, then full ones."""
    small = (max(32, round(size[0] / 24) * 16), max(32, round(size[1] / 24) * 16))
    return (Phase(share, small, SMALL_SCALES), Phase(1.0, size, FULL_SCALES))


@dataclass(frozen=True)
class Recipe:
    """What a training run does; resuming needs the same recipe."""

    size: Size
    """Of validation, and what the network is made for."""
    epochs: int = 150
    batch: int = 8
    """Pictures in a step, over all processes."""
    seed: int = 1
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    warmup: float = 0.02
    """Share of all steps in which the learning rate rises."""
    power: float = 0.9
    """Of the polynomial decay."""
    ema: float = 0.995
    auxiliary: float = 0.4
    """Weight of each auxiliary head."""
    lovasz: float = 0.7
    """Weight of the Lovasz-softmax loss beside cross entropy."""
    balance: float = 0.35
    """Classes weigh by their frequency to minus this power."""
    rare_crops: float = 0.5
    """Share of crops that are centred near a pixel of a class drawn evenly."""
    colour: float = 0.35
    """Strength of the colour changes."""
    distill: float = 1.0
    """Weight of the teacher, where there is one."""
    phases: tuple[Phase, ...] = field(default=())
    """None: crops of the whole size throughout."""
    validate_every: int = 5
    frozen_norm: bool = False
    """Batch norm uses its running statistics and keeps them."""

    def phase(self, epoch: int) -> Phase:
        """The phase that an epoch belongs to."""
        for phase in self.phases:
            if epoch < round(phase.until * self.epochs):
                return phase
        return self.phases[-1] if self.phases else Phase(1.0, self.size, SMALL_SCALES)

    def validates(self, epoch: int) -> bool:
        """Whether the network is scored after this many epochs: the last ones always are."""
        return epoch % self.validate_every == 0 or epoch > self.epochs - self.validate_every

    def as_json(self) -> dict[str, Any]:
        """Plain values: what is compared when a run is resumed."""
        raw = asdict(self)
        raw["size"] = list(self.size)
        raw["phases"] = [
            {"until": p.until, "size": list(p.size), "scales": list(p.scales)} for p in self.phases
        ]
        return raw
