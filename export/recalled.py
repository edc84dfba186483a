"""The oracle's steps on one picture, each computed once: formats share most of their layers and inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Graph, Operator, Quant


@dataclass(frozen=True, eq=False)
class _Known:
    operator: Operator
    quants: tuple[Quant | None, ...]
    """The node's own, then its inputs'."""
    sources: tuple[Array, ...]
    result: Array

    def answers(self, operator: Operator, quants: tuple[Quant | None, ...], sources: Sequence[Array]) -> bool:
        """Whether the same was asked; operators that a pass has made anew are others."""
        return (
            self.operator is operator
            and self.quants == quants
            and all(_same(mine, given) for mine, given in zip(self.sources, sources, strict=True))
        )


class Recalled:
    """`step` and `run` as the oracle's, with a memory."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Known]] = {}

    def step(self, graph: Graph, name: str, sources: Sequence[Array]) -> Array:
        """What one node gives for these inputs."""
        node = graph[name]
        quants = (node.quant, *(graph[source].quant for source in node.inputs))
        known = self._known.setdefault(name, [])
        for entry in known:
            if entry.answers(node.operator, quants, sources):
                return entry.result
        result = reference.step(graph, name, sources)
        known.append(_Known(node.operator, quants, tuple(sources), result))
        return result

    def run(self, graph: Graph, feed: Array) -> Array:
        """The output."""
        tensors = {graph.input.name: reference.entered(feed, graph.input.quant)}
        for node in graph.nodes[1:]:
            tensors[node.name] = self.step(graph, node.name, [tensors[name] for name in node.inputs])
        return tensors[graph.output]


def _same(mine: Array, given: Array) -> bool:
    return mine is given or (mine.dtype == given.dtype and np.array_equal(mine, given))
