"""What a convolution takes in ONNX: weights and bias, integers with their scales, and a map with a border."""

from __future__ import annotations

import numpy as np

from export.formats.onnx.emitter import Emitter
from export.formats.onnx.storage import shift
from fastscnn.graph.graph import Array, Conv, Node, Padding
from fastscnn.graph.integers import bias_scales


def weight(emit: Emitter, node: Node, operator: Conv) -> str:
    if operator.scales is None:
        return emit.constant(f"{node.name}.weight", operator.weight.astype(emit.real))
    return _per_channel(emit, f"{node.name}.weight", operator.weight, operator.scales)


def bias(emit: Emitter, node: Node, operator: Conv) -> str:
    """int32 where the convolution is quantized, and not only its weights."""
    source = emit.graph[node.inputs[0]].quant
    if node.quant is None or operator.scales is None or source is None:
        return emit.constant(f"{node.name}.bias", operator.bias.astype(emit.real))
    return _per_channel(emit, f"{node.name}.bias", operator.bias, bias_scales(operator.scales, source))


def _per_channel(emit: Emitter, name: str, numbers: Array, scales: Array) -> str:
    """Integers with a scale for each output channel, and zero points of 0."""
    zeros = emit.shared_constant(f"zeros.{numbers.dtype}.{len(scales)}", np.zeros(len(scales), numbers.dtype))
    scale = emit.constant(f"{name}.scale", scales.astype(np.float32))
    return emit.dequantize(emit.constant(name, numbers), [scale, zeros], emit.fresh(f"{name}.float"), axis=0)


def surround(emit: Emitter, node: Node, operator: Conv, padding: Padding) -> str:
    """The convolution's input with its border around it: ONNX pads with one number, not with one a channel.

    Integers are surrounded as integers.
    """
    name = node.inputs[0]
    integers = emit.dtype(name) == emit.integer
    tensor = emit.tensor(name) if integers else emit.source(name)
    dtype = emit.integer if integers else emit.real
    assert operator.border is not None
    pixel = (operator.border.astype(np.float32) + shift(dtype)).astype(dtype)[None, :, None, None]
    height, width, channels = emit.shapes[name]
    rows = height + padding.top + padding.bottom

    def strip(height: int, width: int) -> str:
        values = np.broadcast_to(pixel, (1, channels, height, width))
        return emit.shared_constant(f"{node.name}.border.{height}x{width}", values)

    for side, axis, before, after in (
        ("rows", 2, (padding.top, width), (padding.bottom, width)),
        ("columns", 3, (rows, padding.left), (rows, padding.right)),
    ):
        around = [strip(*size) if all(size) else "" for size in (before, after)]
        if any(around):
            parts = [part for part in (around[0], tensor, around[1]) if part]
            tensor = emit.fresh(f"{node.name}.bordered.{side}")
            emit.node("Concat", parts, tensor, tensor, axis=axis)
    return emit.dequantize(tensor, emit.quant(name), emit.fresh(f"{tensor}.float")) if integers else tensor
