"""Each layer of a file in a runtime against the oracle, on the inputs that the file itself had there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.formats.tflite import run, write
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Graph, Operator, Pair
from fastscnn.info import ModelInfo
from tests.graphs import info_of


@dataclass(frozen=True)
class Steps:
    """How far numbers are from the oracle's."""

    values: int
    apart: int
    """How many differ."""
    most: float
    """The greatest difference; in steps where they are integers."""
    span: float = 0.0
    """From the least of the oracle's to the greatest."""

    @property
    def share(self) -> float:
        return self.apart / self.values


def written(folder: Path, graph: Graph, size: Pair, info: ModelInfo | None = None) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(write.write(graph, size, info or info_of(4)))
    return path


def steps(found: Array, wanted: Array) -> Steps:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    apart = np.abs(found.astype(np.float64) - wanted)
    return Steps(
        apart.size, int(np.count_nonzero(apart)), float(apart.max()), float(np.ptp(wanted.astype(np.float64)))
    )


def layers(runner: run.Runner, graph: Graph, feed: Array) -> dict[str, Steps]:
    """By node."""
    held = runner.run(feed, [node.name for node in graph])
    entry = graph.input
    held[entry.name] = reference.entered(held[entry.name], entry.quant)
    return {
        node.name: steps(held[node.name], reference.step(graph, node.name, [held[n] for n in node.inputs]))
        for node in graph.nodes[1:]
    }


def by_operator(graph: Graph, found: Mapping[str, Steps]) -> dict[type[Operator], Steps]:
    """All layers of one operator together."""
    together: dict[type[Operator], list[Steps]] = defaultdict(list)
    for name, layer in found.items():
        together[type(graph[name].operator)].append(layer)
    return {
        kind: Steps(sum(s.values for s in all_), sum(s.apart for s in all_), max(s.most for s in all_))
        for kind, all_ in together.items()
    }
