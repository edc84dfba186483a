"""A quantized Graph on pictures, by the oracle: what a quantized file means, without any runtime."""

from __future__ import annotations

from fastscnn.data.datasets import squashed
from fastscnn.graph import labels as labelling
from fastscnn.graph import reference
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array, Graph
from fastscnn.info import ModelInfo, Size
from quantize.pixels import INPUT


def fed(graph: Graph, pixels: Array, info: ModelInfo) -> Array:
    """RGB pixels, uint8, in the form that the graph's input takes."""
    return pixels if graph.input.name == INPUT else normalised(pixels, info.preprocessing)


def labels(graph: Graph, pixels: Array, info: ModelInfo, size: Size, target: Size | None = None) -> Array:
    """Class indices at `target`, by default the pixels' own size, of a network that runs at `size`."""
    logits = reference.run(graph, fed(graph, squashed(pixels, size), info))[graph.output]
    return labelling.at(logits, size, target or (pixels.shape[0], pixels.shape[1]), info.align_corners)
