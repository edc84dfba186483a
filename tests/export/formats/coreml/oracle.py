"""What a package computes, node by node from its own tensors, against what the oracle does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from export.formats.coreml.run import load
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph, Node, Pool, Resize

NEAR = 1e-3
"""Of a step: as far as float32 may take a value from its place between two integers."""


def tapped(graph: Graph, package: Path, feed: Array) -> dict[str, Array]:
    """Every node's tensor in the package."""
    return load(package).run(feed, [node.name for node in graph])


def require_agreement(graph: Graph, package: Path, feed: Array) -> None:
    """Every node is the oracle's. At a tie, which float32 does not hit exactly, it may be one step off."""
    tensors = tapped(graph, package, feed)
    entered = tensors[graph.input.name]
    np.testing.assert_array_equal(entered, reference.entered(feed, graph.input.quant).astype(entered.dtype))
    for node in graph.nodes[1:]:
        sources = [tensors[name] for name in node.inputs]
        wanted, got = reference.step(graph, node.name, sources), tensors[node.name]
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype), node.name
        if node.quant is None and wanted.dtype == np.float32:
            np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6 * np.ptp(wanted), err_msg=node.name)
            continue
        differing = got != wanted
        assert np.abs(got.astype(int) - wanted).max() <= 1, node.name
        if isinstance(node.operator, Conv):
            assert np.count_nonzero(differing) <= max(1, 1e-4 * differing.size), node.name
        else:
            assert not (differing & ~_ties(node, sources)).any(), node.name


def _ties(node: Node, sources: list[Array]) -> Array:
    """Where the exact value lies between two integers: only means do."""
    if not isinstance(node.operator, (Resize, Pool)) or node.quant is None:
        return np.array(False)
    exact = reference.KERNELS[type(node.operator)](
        node.operator, *(source.astype(np.float64) for source in sources)
    )
    ties: Array = np.abs(exact % 1 - 0.5) < NEAR
    return ties
