"""Where the picture enters: its normalisation, and the one convolution that reads the input."""

from __future__ import annotations

import numpy as np

from fastscnn.graph.graph import Array, Conv, Graph, Node, Resize
from fastscnn.info import Preprocessing


def first_convolution(graph: Graph, source: str | None = None) -> Node:
    """The convolution that reads the input (or another tensor, `source`).

    Resizes to its size are no readers of its values.
    """
    name = source or graph.input.name
    readers = [
        node
        for node in graph.consumers(name)
        if not (isinstance(node.operator, Resize) and node.inputs[0] != name)
    ]
    if len(readers) != 1 or not isinstance(readers[0].operator, Conv) or readers[0].operator.groups != 1:
        raise ValueError(
            f"the input must be read by one dense convolution, not by {[n.name for n in readers]}"
        )
    return readers[0]


def rgb(preprocessing: Preprocessing) -> tuple[Array, Array]:
    """Mean and standard deviation in RGB order, float64."""
    step = -1 if preprocessing.order == "bgr" else 1
    return (
        np.asarray(preprocessing.mean, np.float64)[::step],
        np.asarray(preprocessing.std, np.float64)[::step],
    )


def in_rgb(weight: Array, preprocessing: Preprocessing) -> Array:
    """A first convolution's weight, its input channels turned to RGB."""
    return np.ascontiguousarray(weight[:, ::-1]) if preprocessing.order == "bgr" else weight


def normalised(pixels: Array, preprocessing: Preprocessing) -> Array:
    """RGB pixels as the torch network wants them: its channel order, mean and standard deviation."""
    ordered = pixels[:, :, ::-1] if preprocessing.order == "bgr" else pixels
    mean = np.asarray(preprocessing.mean, np.float32)
    std = np.asarray(preprocessing.std, np.float32)
    tensor: Array = (ordered.astype(np.float32) - mean) / std
    return tensor
