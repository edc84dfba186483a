"""The oracle: executes a Graph in numpy. It defines what the numbers mean; writers are right when they agree.

Float nodes here, integer ones in integers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fastscnn.graph import integers, kernels
from fastscnn.graph.graph import (
    LEAST,
    Activation,
    Add,
    Affine,
    Argmax,
    Array,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Graph,
    Operator,
    Pad,
    Pool,
    Quant,
    Resize,
)
from fastscnn.graph.shapes import padding_of


def run(graph: Graph, feed: Array, taps: Sequence[str] = (), dtype: Any = np.float32) -> dict[str, Array]:
    """The output by its name, and the tensors asked for. `feed` is height x width x channels.

    A quantized input takes its own int8 numbers, pixels (uint8), or the float values that it stands for.
    """
    last_reader = {name: node.name for node in graph for name in (*node.inputs, node.name)}
    kept = {graph.output, *taps}
    tensors: dict[str, Array] = {graph.input.name: entered(feed, graph.input.quant, dtype)}
    for node in graph.nodes[1:]:
        tensors[node.name] = step(graph, node.name, [tensors[name] for name in node.inputs])
        for name in node.inputs:
            if last_reader[name] == node.name and name not in kept:
                tensors.pop(name, None)
    return {name: tensors[name] for name in kept}


def step(graph: Graph, name: str, sources: Sequence[Array]) -> Array:
    """What one node gives for these inputs."""
    node = graph[name]
    quants = [graph[source].quant for source in node.inputs]
    if node.quant is not None:
        return integers.KERNELS[type(node.operator)](node.operator, node.quant, quants, *sources)
    if isinstance(node.operator, Dequantize):
        assert quants[0] is not None
        return integers.dequantize(sources[0], quants[0])
    return KERNELS[type(node.operator)](node.operator, *sources)


def entered(feed: Array, quant: Quant | None, dtype: Any = np.float32) -> Array:
    """A feed in the type that the input has."""
    if quant is None:
        return np.asarray(feed, dtype)
    if feed.dtype == np.uint8:
        return (feed.astype(np.int16) + LEAST).astype(np.int8)
    return feed if feed.dtype == np.int8 else integers.quantize(feed, quant)


def _conv(conv: Conv, x: Array) -> Array:
    weight = conv.weight.astype(x.dtype)
    if conv.scales is not None:
        weight *= conv.scales.astype(x.dtype)[:, None, None, None]
    result = kernels.convolution(
        x,
        weight,
        conv.bias.astype(x.dtype),
        stride=conv.stride,
        dilation=conv.dilation,
        padding=padding_of(conv, (x.shape[0], x.shape[1])),
        groups=conv.groups,
        border=conv.border.astype(x.dtype) if conv.border is not None else None,
    )
    return kernels.activate(result, conv.activation)


def _add(add: Add, x: Array, y: Array) -> Array:
    return kernels.activate(x + y, add.activation)


def _concat(concat: Concat, *sources: Array) -> Array:
    return np.concatenate(sources, axis=2)


def _resize(resize: Resize, x: Array, like: Array | None = None) -> Array:
    size = like.shape[:2] if like is not None else [n * (resize.factor or 1) for n in x.shape[:2]]
    return kernels.resize(x, (size[0], size[1]), resize.align_corners)


def _pool(pool: Pool, x: Array) -> Array:
    return kernels.pool(x, pool.bins, pool.kind)


def _affine(affine: Affine, x: Array) -> Array:
    result: Array = x * affine.scale.astype(x.dtype) + affine.shift.astype(x.dtype)
    return result


def _activation(activation: Activation, x: Array) -> Array:
    return kernels.activate(x, activation.kind)


def _pad(pad: Pad, x: Array) -> Array:
    return kernels.pad(x, pad.padding)


def _fold(fold: Fold, x: Array) -> Array:
    return kernels.fold(x, fold.columns)


def _argmax(argmax: Argmax, x: Array) -> Array:
    labels: Array = np.argmax(x, axis=2)[..., None].astype(np.int32)
    return labels


KERNELS: dict[type[Operator], Callable[..., Array]] = {
    Conv: _conv,
    Add: _add,
    Concat: _concat,
    Resize: _resize,
    Pool: _pool,
    Affine: _affine,
    Activation: _activation,
    Pad: _pad,
    Fold: _fold,
    Argmax: _argmax,
}
"""Float arithmetic, by operator."""
