"""What a model is: its classes, colours and preprocessing, as every artifact carries them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from fastscnn import described

ChannelOrder = Literal["rgb", "bgr"]
Size = tuple[int, int]
"""Height, width."""
DEFAULT_SIZE: Size = (512, 1024)
"""Of a network whose checkpoint does not say."""


@dataclass(frozen=True)
class Preprocessing:
    """How the torch network wants a picture: (pixel - mean) / std, pixels 0..255.

    `mean` and `std` are in pixel units and in the network's own channel `order`.
    """

    order: ChannelOrder = "rgb"
    mean: tuple[float, ...] = (123.675, 116.28, 103.53)
    std: tuple[float, ...] = (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class ModelInfo:
    """Everything a client needs beside the numbers. Holds no path, clock or host name."""

    layout: str
    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    preprocessing: Preprocessing = Preprocessing()
    align_corners: bool = True
    """How 1/8 logits become full size."""
    size: Size | None = None
    """The size that the checkpoint was made for, where it says so."""
    checkpoint_sha256: str = ""
    trained: bool = True
    variant: dict[str, Any] = field(default_factory=dict)
    """The network's switches, as `--variant` would spell them."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Free facts for people: recipe, validation mIoU, licence of the training images."""

    def to_json(self) -> str:
        """One line, keys sorted: the same info is the same bytes."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str) -> ModelInfo:
        """What a file says of itself; what nothing of ours would write raises a ValueError or its like."""
        raw = json.loads(text)
        preprocessing = raw.pop("preprocessing")
        size = raw.pop("size")
        if not isinstance(raw["classes"], list):
            raise ValueError("its classes are no list")
        info = cls(
            preprocessing=Preprocessing(
                order=preprocessing["order"],
                mean=tuple(preprocessing["mean"]),
                std=tuple(preprocessing["std"]),
            ),
            size=(size[0], size[1]) if size else None,
            classes=tuple(raw.pop("classes")),
            colors=tuple((c[0], c[1], c[2]) for c in raw.pop("colors")),
            **raw,
        )
        described.check(info)
        return info
