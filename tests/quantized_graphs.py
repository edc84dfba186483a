"""Quantized graphs for tests, made without torch: every range is what the oracle saw on one feed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from fastscnn.graph import reference
from fastscnn.graph.graph import LEAST, Argmax, Array, Conv, Graph, Quant
from quantize import weights
from quantize.assemble import Weights, assemble
from quantize.pixels import PIXELS
from quantize.sharing import groups
from tests.graphs import fast_scnn, picture
from tests.operator_graphs import operator_graphs

NOT_QUANTIZED = ("affine",)
"""Operators that a quantized graph does not hold."""


def pixels(size: tuple[int, int], channels: int = 3, seed: int = 0) -> Array:
    """A smooth random picture, uint8."""
    return np.rint(picture(size, channels, seed, 0, 255)).astype(np.uint8)


def quant_of(low: float, high: float) -> Quant:
    """256 steps from low to high, zero among them."""
    low, high = min(low, 0.0), max(high, low + 1e-3, 0.0)
    scale = float(np.float32((high - low) / 255))
    return Quant(scale, int(np.clip(np.rint(LEAST - low / scale), -128, 127)))


@dataclass(frozen=True, eq=False)
class Decided:
    """A float graph and the integers for it."""

    graph: Graph
    quants: Mapping[str, Quant]
    weights: Mapping[str, Weights]
    floats: Collection[str] = ()


def quantized(
    graph: Graph, feed: Array, floats: Collection[str] = (), *, pixels_in: bool = False, highest: int = 127
) -> Graph:
    """The graph with the integers that follow from one feed; `pixels_in`: its input is a picture's bytes."""
    found = decided(graph, feed, floats, pixels_in=pixels_in, highest=highest)
    return assemble(graph, found.quants, found.weights, floats)


def decided(
    graph: Graph, feed: Array, floats: Collection[str] = (), *, pixels_in: bool = False, highest: int = 127
) -> Decided:
    """The integers that follow from one feed."""
    names = [node.name for node in graph if not isinstance(node.operator, Argmax)]
    seen = reference.run(graph, feed.astype(np.float32), names)
    shared = groups(graph, floats)
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(shared[name], []).append(name)
    quants: dict[str, Quant] = {}
    for together in members.values():
        quant = quant_of(
            float(min(seen[name].min() for name in together)),
            float(max(seen[name].max() for name in together)),
        )
        if pixels_in and graph.input.name in together:
            quant = PIXELS
        quants.update(dict.fromkeys(together, quant))
    chosen: dict[str, Weights] = {}
    for node, conv in graph.of(Conv):
        if node.name not in floats:
            floor = weights.scale_floor(conv.bias, quants[node.inputs[0]])
            scales = weights.weight_scales(conv.weight, floor, highest)
            chosen[node.name] = Weights(weights.rounded(conv.weight, scales, highest), scales)
    return Decided(graph, quants, chosen, floats)


def quantized_operator_graphs(size: tuple[int, int]) -> dict[str, Graph]:
    """One small quantized graph for each operator and each of its ways; the input is int8, not pixels."""
    return {
        name: quantized(graph, picture(size, graph.input.operator.channels))  # type: ignore[attr-defined]
        for name, graph in operator_graphs().items()
        if name not in NOT_QUANTIZED
    }


def quantized_fast_scnn(size: tuple[int, int] = (64, 96), **options: object) -> Graph:
    """A whole network of random weights that takes pixels, its first weights of their scale."""
    return quantized(_taking_pixels(fast_scnn(**options)), pixels(size), pixels_in=True)  # type: ignore[arg-type]


def mixed_fast_scnn(floats: Collection[str], classes: int, size: tuple[int, int] = (64, 96)) -> Graph:
    """The same with some of its layers in float."""
    return quantized(_taking_pixels(fast_scnn(classes)), pixels(size), floats, pixels_in=True)


def _taking_pixels(graph: Graph) -> Graph:
    first = next(node for node, _ in graph.of(Conv))
    operator = first.operator
    assert isinstance(operator, Conv)
    operator.weight[:] /= 100
    return graph
