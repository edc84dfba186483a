"""A Graph as a TensorFlow function, spelled as a careful user would port it: weights as constants, NHWC.

A quantized Graph becomes its float numbers with a fake quantization after every tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from fastscnn.graph.graph import (
    LEAST,
    MOST,
    Activation,
    Add,
    Array,
    Concat,
    Conv,
    Graph,
    Operator,
    Padding,
    Pool,
    Quant,
    Resize,
)
from fastscnn.info import Size


def function(graph: Graph, size: Size) -> Any:
    """A concrete function of one picture, 1 x height x width x 3, float32."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((1, *size, 3), tf.float32, name="input")])  # type: ignore[untyped-decorator, unused-ignore]
    def network(picture: Any) -> Any:
        maps = {graph.input.name: faked(picture, graph.input.quant)}
        for node in graph.nodes[1:]:
            given = [maps[name] for name in node.inputs]
            source = graph[node.inputs[0]].quant
            maps[node.name] = faked(SPELLINGS[type(node.operator)](node.operator, given, source), node.quant)
        return maps[graph.output]

    return network.get_concrete_function()


def faked(x: Any, quant: Quant | None) -> Any:
    """x as its int8 numbers stand for it."""
    if quant is None:
        return x
    import tensorflow as tf

    low, high = ((limit - quant.zero_point) * quant.scale for limit in (LEAST, MOST))
    return tf.quantization.fake_quant_with_min_max_args(x, low, high)


def _conv(conv: Conv, given: list[Any], source: Quant | None) -> Any:
    import tensorflow as tf

    weight, bias, border = _floats(conv, source)
    x = given[0]
    assert isinstance(conv.padding, Padding)
    around = conv.padding == Padding.all(conv.dilation[0] * (conv.kernel[0] // 2))
    same = conv.stride == (1, 1) and around and border is None
    if not same and conv.padding:
        x = _padded(x, conv.padding, border)
    padding = "SAME" if same else "VALID"
    if conv.depthwise:
        kernel = weight.transpose(2, 3, 0, 1)
        y = tf.nn.depthwise_conv2d(x, kernel, [1, *conv.stride, 1], padding, dilations=conv.dilation)
    else:
        kernel = weight.transpose(2, 3, 1, 0)
        y = tf.nn.conv2d(x, kernel, conv.stride, padding, dilations=conv.dilation)
    return _activated(tf.nn.bias_add(y, bias), conv.activation)


def _floats(conv: Conv, source: Quant | None) -> tuple[Array, Array, Array | None]:
    """Weight, bias and border as the numbers that they stand for."""
    if conv.scales is None or source is None:
        return conv.weight, conv.bias, conv.border
    weight = conv.weight.astype(np.float32) * conv.scales[:, None, None, None]
    bias = conv.bias.astype(np.float64) * conv.scales * source.scale
    border = conv.border
    if border is not None:
        border = (border.astype(np.float32) - source.zero_point) * np.float32(source.scale)
    return weight, bias.astype(np.float32), border


def _padded(x: Any, padding: Padding, border: Array | None) -> Any:
    import tensorflow as tf

    if border is None:
        return tf.pad(x, [[0, 0], [padding.top, padding.bottom], [padding.left, padding.right], [0, 0]])
    _, height, width, _ = x.shape
    parts = [_filled(border, padding.left, height, axis=2), x, _filled(border, padding.right, height, axis=2)]
    x = tf.concat([part for part in parts if part is not None], 2)
    wide = width + padding.left + padding.right
    parts = [_filled(border, padding.top, wide, axis=1), x, _filled(border, padding.bottom, wide, axis=1)]
    return tf.concat([part for part in parts if part is not None], 1)


def _filled(border: Array, amount: int, length: int, axis: int) -> Array | None:
    shape = (1, length, amount) if axis == 2 else (1, amount, length)
    return np.broadcast_to(border, (*shape, len(border))).astype(np.float32) if amount else None


def _add(add: Add, given: list[Any], source: Quant | None) -> Any:
    return _activated(given[0] + given[1], add.activation)


def _concat(concat: Concat, given: list[Any], source: Quant | None) -> Any:
    import tensorflow as tf

    return tf.concat(given, 3)


def _resize(resize: Resize, given: list[Any], source: Quant | None) -> Any:
    import tensorflow as tf

    x = given[0]
    if resize.factor is not None:
        size = (x.shape[1] * resize.factor, x.shape[2] * resize.factor)
    else:
        size = (given[1].shape[1], given[1].shape[2])
    aligned = resize.align_corners
    return tf.compat.v1.image.resize_bilinear(x, size, aligned, half_pixel_centers=not aligned)


def _pool(pool: Pool, given: list[Any], source: Quant | None) -> Any:
    """Adaptive bins: windows that are all alike are one pooling, others a mean each, rows before columns."""
    import tensorflow as tf

    if pool.kind != "average":
        raise NotImplementedError("only average pools are ported")
    x = given[0]
    spans = [_windows(int(x.shape[axis]), bins) for axis, bins in zip((1, 2), pool.bins, strict=True)]
    alike = [_alike(windows) for windows in spans]
    if alike[0] is not None and alike[1] is not None:
        kernel, stride = zip(*alike, strict=True)  # type: ignore[arg-type]
        return tf.nn.avg_pool2d(x, kernel, stride, "VALID")
    rows = faked(tf.concat([tf.reduce_mean(x[:, a:b], 1, keepdims=True) for a, b in spans[0]], 1), source)
    return tf.concat([tf.reduce_mean(rows[:, :, a:b], 2, keepdims=True) for a, b in spans[1]], 2)


def _windows(length: int, bins: int) -> list[tuple[int, int]]:
    return [(index * length // bins, -(-(index + 1) * length // bins)) for index in range(bins)]


def _alike(windows: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Length and distance of windows, where they have only one of each."""
    lengths = {end - begin for begin, end in windows}
    starts = [begin for begin, _ in windows]
    steps = {after - before for before, after in pairwise(starts)} or {1}
    return (lengths.pop(), steps.pop()) if len(lengths) == len(steps) == 1 else None


def _activation(activation: Activation, given: list[Any], source: Quant | None) -> Any:
    return _activated(given[0], activation.kind)


def _activated(x: Any, kind: str) -> Any:
    import tensorflow as tf

    return {"none": lambda y: y, "relu": tf.nn.relu, "relu6": tf.nn.relu6}[kind](x)


SPELLINGS: dict[type[Operator], Callable[[Any, list[Any], Quant | None], Any]] = {
    Conv: _conv,
    Add: _add,
    Concat: _concat,
    Resize: _resize,
    Pool: _pool,
    Activation: _activation,
}
