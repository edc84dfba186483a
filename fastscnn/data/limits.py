"""How much worse than the float network an int8 one may be, by their scores on the same pictures."""

from __future__ import annotations

from dataclasses import dataclass

from fastscnn.data.scores import Score


@dataclass(frozen=True)
class Limits:
    """In fractions: 0.01 is one point."""

    miou_loss: float = 0.01
    class_loss: float = 0.05
    """Of a class that holds at least `class_share` of the pixels."""
    class_share: float = 0.01
    agreement: float = 0.90
    """Least share of equal labels, where there are no masks."""


def lost(before: Score, after: Score) -> tuple[float | None, dict[str, float]]:
    """What the second loses against the first: of mIoU, and of each class that has a figure in both."""
    means = before.miou(), after.miou()
    mean = None if means[0] is None or means[1] is None else means[0] - means[1]
    others = after.per_class()
    classes = {
        name: iou - other
        for name, iou in before.per_class().items()
        if iou is not None and (other := others[name]) is not None
    }
    return mean, classes


def exceeded(before: Score, after: Score, limits: Limits) -> list[str]:
    """The limits that the second breaks, in words."""
    mean, classes = lost(before, after)
    found = []
    if mean is not None and mean > limits.miou_loss:
        found.append(f"mIoU falls by {100 * mean:.2f} points (most {100 * limits.miou_loss:g})")
    shares = before.shares()
    for name, loss in classes.items():
        if shares[name] >= limits.class_share and loss > limits.class_loss:
            found.append(
                f"{name}, {100 * shares[name]:.1f} % of the pixels, falls by {100 * loss:.2f} points"
                f" (most {100 * limits.class_loss:g})"
            )
    return found
