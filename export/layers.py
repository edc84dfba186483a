"""Layer by layer: what an artifact computes from its own inputs, against what the oracle does.

Each layer is fed with what the artifact itself had before it, so that one rounding does not snowball.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.recalled import Recalled
from fastscnn.graph.graph import LEAST, NAMES, Argmax, Array, Graph, Node, Pool

MOST_STEPS = 1
"""Runtimes have another arithmetic than float32 for some operators: fixed point, another order of sums."""
SHARES = {"conv": 1e-4, "add": 1e-3, "quantize": 1e-4, "resize": 1.0, "pool average": 1.0}
"""Values that may be a step off, by operator; others only move or compare numbers, and are exact.

A resize is in fixed point in some runtimes, and an average often lies on a tie.
"""
FEW = 2
"""Values that may be a step off in a map of any size: a tie is a tie."""
FLOAT_LIMIT = 1e-5
"""Of a float layer's range."""


@dataclass(frozen=True)
class Layer:
    """One node on one picture."""

    name: str
    operator: str
    values: int
    differing: int
    greatest: float
    """In steps of its scale; for a float layer relative to its range."""
    integer: bool

    @property
    def share(self) -> float:
        return self.differing / self.values

    @property
    def passed(self) -> bool:
        if not self.integer:
            return self.greatest <= FLOAT_LIMIT
        share = SHARES.get(self.operator)
        allowed = 0.0 if share is None else max(FEW, share * self.values)
        return self.greatest <= MOST_STEPS and self.differing <= allowed

    def said(self) -> str:
        """For people."""
        if not self.integer:
            return f"{self.name} differs by {self.greatest:.1e} of its range"
        return f"{self.name} differs at {self.share:.3%} of its values, by up to {self.greatest:.0f} steps"

    def as_json(self) -> dict[str, Any]:
        return {
            "layer": self.name,
            "operator": self.operator,
            "values": self.values,
            "differing": self.differing,
            "greatest": self.greatest,
            "unit": "steps" if self.integer else "range",
        }


def compare(graph: Graph, tensors: Mapping[str, Array], oracle: Recalled | None = None) -> list[Layer]:
    """Every node but the input, from an artifact's own tensors by node name (integers as int8)."""
    oracle = oracle or Recalled()
    return [_compared(graph, node, tensors, oracle) for node in graph.nodes[1:] if node.name in tensors]


def as_int8(tensor: Array) -> Array:
    """Integers of a file as the Graph has them: a uint8 spelling's are 128 more."""
    return (tensor.astype(np.int16) + LEAST).astype(np.int8) if tensor.dtype == np.uint8 else tensor


def worst(first: Layer, second: Layer) -> Layer:
    """Two pictures' figures of one layer as one."""
    return Layer(
        first.name,
        first.operator,
        first.values + second.values,
        first.differing + second.differing,
        max(first.greatest, second.greatest),
        first.integer,
    )


def _compared(graph: Graph, node: Node, tensors: Mapping[str, Array], oracle: Recalled) -> Layer:
    wanted = oracle.step(graph, node.name, [tensors[name] for name in node.inputs])
    got = tensors[node.name]
    integer = node.quant is not None or isinstance(node.operator, Argmax)
    operator = _called(node)
    if got.shape != wanted.shape or not np.isfinite(got).all() or (integer and got.dtype.kind != "i"):
        return Layer(node.name, operator, wanted.size, wanted.size, float("inf"), integer)
    if integer:
        if np.array_equal(got, wanted):
            return Layer(node.name, operator, wanted.size, 0, 0.0, True)
        steps = np.abs(got.astype(np.int32) - wanted.astype(np.int32))
        return Layer(node.name, operator, steps.size, int(np.count_nonzero(steps)), float(steps.max()), True)
    difference = np.abs(got.astype(np.float64) - wanted)
    spread = float(np.ptp(wanted)) or 1.0
    count = int(np.count_nonzero(difference))
    return Layer(node.name, operator, wanted.size, count, float(difference.max()) / spread, False)


def _called(node: Node) -> str:
    name = NAMES[type(node.operator)]
    return f"{name} {node.operator.kind}" if isinstance(node.operator, Pool) else name
