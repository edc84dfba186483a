"""Layer by layer, as bars on a logarithmic scale: data for the template, which draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

NAMED = 5
"""The worst layers, by name."""
KINDS = ("conv", "resize", "pool", "add")
"""Operators that have a colour of their own."""
GROUND = 0.02
"""The height of a bar whose layer is exact: it is there."""


@dataclass(frozen=True)
class Bar:
    """One layer."""

    name: str
    operator: str
    differing: int
    values: int
    greatest: float
    integer: bool
    height: float
    """0 to 1."""

    @property
    def share(self) -> float:
        return self.differing / self.values if self.values else 0.0

    @property
    def measure(self) -> float:
        """What the bar shows: the share of its values that are a step off; in float how far the worst is."""
        return self.share if self.integer else self.greatest

    @property
    def kind(self) -> str:
        kind = self.operator.split()[0]
        return kind if kind in KINDS else "other"


@dataclass(frozen=True)
class Tick:
    """A power of ten."""

    value: float
    height: float


@dataclass(frozen=True)
class Plot:
    """One artifact's layers."""

    file: str
    runtime: str
    integer: bool
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]

    @property
    def exact(self) -> int:
        """Layers without any difference."""
        return sum(not bar.differing for bar in self.bars)

    @property
    def worst(self) -> list[Bar]:
        """Those that differ most, the worst first."""
        apart = [bar for bar in self.bars if bar.differing]
        return sorted(apart, key=lambda bar: (-bar.greatest if not bar.integer else 0, -bar.measure))[:NAMED]

    @property
    def kinds(self) -> list[str]:
        """For the legend, in its order."""
        present = {bar.kind for bar in self.bars}
        return [kind for kind in (*KINDS, "other") if kind in present]


def plots(report: Mapping[str, Any]) -> list[Plot]:
    """For the artifacts whose layers were looked at."""
    return [
        _plot(artifact["file"], artifact["parity"])
        for artifact in report["artifacts"]
        if artifact["parity"].get("layers")
    ]


def _plot(file: str, parity: Mapping[str, Any]) -> Plot:
    layers: Sequence[Mapping[str, Any]] = parity["layers"]
    measures = [_measure(layer) for layer in layers]
    seen = [measure for measure in measures if measure > 0]
    low = ceil(log10(min(seen))) - 1 if seen else -6
    high = max(low + 2, floor(log10(max(seen))) + 1) if seen else 0
    bars = tuple(
        Bar(
            layer["layer"],
            layer["operator"],
            layer["differing"],
            layer["values"],
            layer["greatest"],
            layer["unit"] == "steps",
            _height(measure, low, high),
        )
        for layer, measure in zip(layers, measures, strict=True)
    )
    ticks = tuple(Tick(10.0**power, _height(10.0**power, low, high)) for power in _powers(low, high))
    return Plot(file, parity["runtimes"][0]["runtime"], any(bar.integer for bar in bars), bars, ticks)


def _measure(layer: Mapping[str, Any]) -> float:
    if layer["unit"] == "steps":
        return float(layer["differing"] / layer["values"]) if layer["values"] else 0.0
    return float(layer["greatest"])


def _height(measure: float, low: int, high: int) -> float:
    if measure <= 0:
        return GROUND
    return GROUND + (1 - GROUND) * min(1.0, max(0.0, (log10(measure) - low) / (high - low)))


def _powers(low: int, high: int) -> range:
    """No more than five ticks."""
    return range(low, high + 1, -(-(high - low) // 4))
