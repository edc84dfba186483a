"""The oracle's steps with a memory: the same numbers, computed once for the same node and inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.recalled import Recalled
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph
from tests.quantized_graphs import pixels, quantized_fast_scnn

SIZE = (64, 96)
GRAPH = quantized_fast_scnn()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The nodes that the oracle computed."""
    computed: list[str] = []
    step = reference.step

    def counting(graph: Graph, name: str, sources: list[np.ndarray]) -> np.ndarray:
        computed.append(name)
        return step(graph, name, sources)

    monkeypatch.setattr(reference, "step", counting)
    return computed


def test_it_gives_what_the_oracle_gives() -> None:
    picture = pixels(SIZE)
    np.testing.assert_array_equal(Recalled().run(GRAPH, picture), reference.run(GRAPH, picture)[GRAPH.output])


def test_the_same_inputs_are_computed_once(counted: list[str]) -> None:
    recalled = Recalled()
    first, second = (recalled.run(GRAPH, pixels(SIZE).copy()) for _ in range(2))
    assert counted == [node.name for node in GRAPH.nodes[1:]]
    np.testing.assert_array_equal(first, second)


def test_another_number_is_computed(counted: list[str]) -> None:
    recalled = Recalled()
    picture = pixels(SIZE)
    recalled.run(GRAPH, picture)
    counted.clear()
    changed = picture.copy()
    changed[5, 5] ^= 128
    np.testing.assert_array_equal(recalled.run(GRAPH, changed), reference.run(GRAPH, changed)[GRAPH.output])
    assert GRAPH.nodes[1].name in counted


def test_an_operator_made_anew_is_computed(counted: list[str]) -> None:
    recalled = Recalled()
    first = GRAPH.nodes[1]
    source = reference.entered(pixels(SIZE), GRAPH.input.quant)
    recalled.step(GRAPH, first.name, [source])
    other = replace(first, operator=replace(first.operator))
    anew = Graph(tuple(other if node is first else node for node in GRAPH.nodes), GRAPH.output)
    recalled.step(anew, first.name, [source])
    assert counted == [first.name, first.name]
