"""Quantized files in onnxruntime, layer by layer: each on the artifact's own inputs, against the oracle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from export.formats.onnx import run
from export.formats.onnx.write import write
from export.forms import Activations
from fastscnn.graph import reference
from fastscnn.graph.graph import NAMES, Array, Graph, Node, Pair, Pool, Resize
from fastscnn.graph.shapes import resolve
from tests.graphs import info_of

NEAR = 0.01
"""Of a step."""
SPELLINGS: tuple[Activations, ...] = ("uint8", "int8")


@dataclass(frozen=True)
class Apart:
    """How far one layer is from what the oracle makes of the same inputs, in steps."""

    name: str
    operator: str
    values: int
    differing: int
    most: int
    undecided: int
    """Of those that differ: where the oracle, before it rounded, stood within NEAR of the middle of two."""


def written(graph: Graph, size: Pair, folder: Path, activations: Activations = "uint8") -> Path:
    path = folder / f"{activations}.onnx"
    path.write_bytes(write(graph, size, info_of(3), activations))
    return path


def as_int8(numbers: Array) -> Array:
    """uint8 numbers as the Graph has them; any others as they are."""
    return (numbers.astype(np.int16) - 128).astype(np.int8) if numbers.dtype == np.uint8 else numbers


def fed(path: Path, numbers: Array) -> Array:
    """Int8 numbers, or pixels, in the type that a file's input has."""
    wanted = run.load(path).input.dtype
    shifted = wanted == "uint8" and numbers.dtype == np.int8
    return (numbers.astype(np.int16) + 128).astype(np.uint8) if shifted else numbers


def tensors(path: Path, graph: Graph, feed: Array, *, optimise: bool = False) -> dict[str, Array]:
    """Every tensor of the network that the file computes, and the input, integers as int8."""
    held = {name for node in onnx.load(path).graph.node for name in node.output}
    names = [node.name for node in graph.nodes[1:] if node.name in held]
    given = fed(path, feed)
    results = run.load(path, optimise=optimise).run(given, names)
    entered = reference.entered(given, graph.input.quant)
    return {graph.input.name: entered, **{name: as_int8(values) for name, values in results.items()}}


def apart(graph: Graph, size: Pair, found: dict[str, Array]) -> list[Apart]:
    """Every integer layer."""
    shapes = resolve(graph, size)
    layers = []
    for node in graph.nodes[1:]:
        if node.name not in found or node.quant is None:
            continue
        # A tensor that only gives its size to a resize is not computed at all.
        sources = [found.get(name, np.empty(shapes[name], np.int8)) for name in node.inputs]
        expected = reference.step(graph, node.name, sources)
        steps = np.abs(found[node.name].astype(int) - expected)
        assert found[node.name].dtype == np.int8
        assert found[node.name].shape == expected.shape
        undecided = np.count_nonzero(steps.astype(bool) & near_a_tie(graph, node, sources))
        kind = NAMES[type(node.operator)]
        differing = int(np.count_nonzero(steps))
        layers.append(Apart(node.name, kind, steps.size, differing, int(steps.max()), int(undecided)))
    return layers


def near_a_tie(graph: Graph, node: Node, sources: list[Array]) -> Array:
    """Where a resize or a pool of these integers falls between two of them."""
    if not isinstance(node.operator, (Resize, Pool)):
        return np.array(False)
    floats = Graph(tuple(replace(each, quant=None) for each in graph), graph.output)
    exact = reference.step(floats, node.name, [source.astype(np.float64) for source in sources])
    near: Array = np.abs(exact - np.floor(exact) - 0.5) < NEAR
    return near


def require_the_oracles(layers: list[Apart]) -> None:
    """Convolutions equal at 99.99 % and never more than a step apart, other operators equal.

    But for resizes and average pools where the oracle has a tie: onnxruntime averages scaled numbers, and
    falls to either side.
    """
    assert layers
    assert all(layer.most <= 1 for layer in layers)
    convolutions = [layer for layer in layers if layer.operator == "conv"]
    differing = sum(layer.differing for layer in convolutions)
    assert differing <= 1e-4 * sum(layer.values for layer in convolutions)
    others = [layer for layer in layers if layer.operator != "conv"]
    assert [layer for layer in others if layer.differing > layer.undecided] == []
