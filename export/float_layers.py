"""A float artifact layer by layer, for the report alone: parity judges the whole."""

from __future__ import annotations

import numpy as np

from export import layers
from export.formats.base import Runner
from export.layers import Layer
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array, Graph


def looked_at(runner: Runner, graph: Graph, given: Array) -> list[Layer]:
    """Each layer on the artifact's own inputs against the oracle; none where a runtime hides its tensors."""
    names = [node.name for node in graph.nodes[1:]]
    try:
        tapped = runner.run(given, names)
    except (ArtifactError, ValueError):
        return []
    tensors = {name: _wide(tensor) for name, tensor in tapped.items()}
    tensors[graph.input.name] = given
    return [layer for layer in layers.compare(graph, tensors) if np.isfinite(layer.greatest)]


def _wide(tensor: Array) -> Array:
    """Halves as the oracle computes: in float32."""
    return tensor.astype(np.float32) if tensor.dtype == np.float16 else tensor
