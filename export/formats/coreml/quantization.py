"""Where int8 numbers become float32 ones and float32 ones int8, in MIL.

A quantized node is dequantize -> its operation -> quantize, each node with dequantizes of its own: the
pattern in which Core ML finds its int8 kernels. What stands between is computed in float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from export.formats.coreml.layer import Layer, Var
from fastscnn.graph.graph import Array, Conv, Dequantize, Padding, Quant
from fastscnn.graph.integers import bias_scales, dequantize, float_bias


def entered(layer: Layer, sources: Sequence[Var]) -> list[Var]:
    """A node's inputs as its operation takes them; one that only gives its size stays as it is."""
    if isinstance(layer.node.operator, Dequantize):
        return list(sources)
    read = len(layer.node.values)
    return [
        from_int8(layer, "source", x, quant) if quant is not None and place < read else x
        for place, (x, quant) in enumerate(zip(sources, layer.quants, strict=True))
    ]


def from_int8(layer: Layer, part: str, x: Var, quant: Quant) -> Var:
    return layer.emit("dequantize", part, input=x, **_constants(quant))


def to_int8(layer: Layer, part: str, x: Var, quant: Quant) -> Var:
    return layer.emit("quantize", part, input=x, output_dtype="int8", **_constants(quant))


def _constants(quant: Quant) -> dict[str, np.generic]:
    return {"scale": np.float32(quant.scale), "zero_point": np.int8(quant.zero_point)}


def weight(layer: Layer, conv: Conv) -> Var | Array:
    """Int8 weights and their scales as they are; what they stand for is Core ML's to compute."""
    if conv.scales is None:
        return layer.constant(conv.weight)
    return layer.emit(
        "constexpr_affine_dequantize",
        "weight",
        quantized_data=np.ascontiguousarray(conv.weight),
        zero_point=np.int8(0),
        scale=np.ascontiguousarray(conv.scales),
        axis=np.int32(0),
    )


def bias(layer: Layer, conv: Conv) -> Array:
    """MIL's convolution takes no integer bias: a float32 one, from which the integer comes back."""
    source = layer.quants[0]
    if source is None or conv.scales is None:
        return layer.constant(conv.bias)
    return float_bias(conv.bias, bias_scales(conv.scales, source))


def bordered(layer: Layer, border: Array, padding: Padding, x: Var) -> Var:
    """Constant rows, then columns, around a map: MIL's own padding holds one number for all channels."""
    quant = layer.quants[0]
    border = border if quant is None else dequantize(border, quant)
    for axis, part, before, after in (
        (2, "rows", padding.top, padding.bottom),
        (3, "columns", padding.left, padding.right),
    ):
        around = [_band(layer, border, x, axis, depth) for depth in (before, after)]
        values = [value for value in (around[0], x, around[1]) if value is not None]
        if len(values) > 1:
            x = layer.emit("concat", f"border.{part}", values=values, axis=axis)
    if quant is None:
        return x
    return from_int8(layer, "bordered", to_int8(layer, "bordered.int8", x, quant), quant)


def _band(layer: Layer, border: Array, x: Var, axis: int, depth: int) -> Array | None:
    shape = list(x.shape)
    shape[axis] = depth
    return layer.constant(np.broadcast_to(border[None, :, None, None], shape)) if depth else None
