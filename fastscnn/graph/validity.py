"""What a Graph must satisfy beyond being in order: what a file says is believed only after this."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastscnn.graph.graph import (
    KEEPING,
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
    Input,
    Node,
    Operator,
    Pad,
    Padding,
    Pool,
    Quant,
    Quantize,
    Resize,
)
from fastscnn.graph.integers import HIGHEST_BIAS, SPAN, bias_scales

ACTIVATIONS = ("none", "relu", "relu6")
FLOATS = (np.float32, np.float16)
MOST = 2**20
"""Of strides, paddings, channels: formats hold them in 32 bits, and no network needs so many."""
ACCUMULATOR = 2**31
"""Runtimes add in int32."""
INTEGER = (*KEEPING, Input, Conv, Add, Quantize)
"""Operators that give int8 numbers."""


def check(graph: Graph) -> None:
    """ValueError, with a sentence that names the node, where arithmetic on this graph would mean nothing."""
    channels: dict[str, int] = {}
    for node in graph:
        try:
            if type(node.name) is not str or not node.name:
                raise ValueError("is no name")
            if node is not graph.input and isinstance(node.operator, Input):
                raise ValueError("is a second input")
            _attributes(node.operator)
            _arity(node)
            _tensors(node, graph)
            channels[node.name] = _channels(node.operator, [channels[name] for name in node.inputs])
            if isinstance(node.operator, Conv):
                _convolution(node.operator, node, graph)
        except ValueError as error:
            raise ValueError(f"{node.name!r} {error}") from None


def _attributes(operator: Operator) -> None:
    """Numbers and words that an operator can have."""
    match operator:
        case Input(channels=channels):
            _whole(channels, 1, "channels")
        case Conv():
            for pair, name in ((operator.stride, "stride"), (operator.dilation, "dilation")):
                _pair(pair, name)
            _whole(operator.groups, 1, "groups")
            _one_of(operator.activation, ACTIVATIONS, "activation")
            if operator.padding != "same":
                _padding(operator.padding)
        case Add(activation=kind) | Activation(kind=kind):
            _one_of(kind, ACTIVATIONS, "activation")
        case Resize(align_corners=align_corners, factor=factor):
            if not isinstance(align_corners, bool):
                raise ValueError(f"has align_corners {align_corners!r}, which is neither true nor false")
            if factor is not None:
                _whole(factor, 1, "factor")
        case Pool(bins=bins, kind=kind):
            _pair(bins, "bins")
            _one_of(kind, ("average", "max"), "pooling")
        case Pad(padding=padding):
            _padding(padding)
        case Fold(columns=columns):
            _whole(columns, 1, "columns")


def _arity(node: Node) -> None:
    count = len(node.inputs)
    match node.operator:
        case Input():
            right = count == 0
        case Concat():
            right = count >= 1
        case Add():
            right = count == 2
        case Resize(factor=factor):
            right = count == (2 if factor is None else 1)
        case _:
            right = count == 1
    if not right:
        raise ValueError(f"takes {count} tensors, which its operator does not")


def _tensors(node: Node, graph: Graph) -> None:
    """Int8 and float meet only where a quantize or dequantize stands."""
    if isinstance(node.operator, Quantize) and node.quant is None:
        raise ValueError("quantizes to no scale and zero point")
    if node.quant is not None:
        _quant(node.quant)
        if not isinstance(node.operator, INTEGER):
            raise ValueError("is said to give int8 numbers, which its operator does not")
    wanted = "int8" if (node.quant is None) == isinstance(node.operator, Dequantize) else "float"
    if isinstance(node.operator, Quantize):
        wanted = "float"
    for name in node.values:
        source = graph[name]
        if isinstance(source.operator, Argmax):
            raise ValueError(f"computes with labels, which {name!r} gives")
        given = "float" if source.quant is None else "int8"
        if given != wanted and not isinstance(node.operator, Argmax):
            raise ValueError(f"takes {wanted} numbers, and {name!r} gives {given} ones")
        if node.quant is not None and isinstance(node.operator, KEEPING) and source.quant != node.quant:
            raise ValueError(f"does not have the scale and zero point of {name!r}, which it takes")


def _quant(quant: Quant) -> None:
    if type(quant.scale) not in (int, float) or type(quant.zero_point) is not int:
        raise ValueError("has a scale that is no number, or a zero point that is no whole number")


def _channels(operator: Operator, sources: list[int]) -> int:
    match operator:
        case Input(channels=channels):
            return channels
        case Conv():
            _array(operator.weight, "weights", (*FLOATS, np.int8), dimensions=4)
            out, part, *_ = operator.weight.shape
            if operator.groups * part != sources[0] or out % operator.groups:
                raise ValueError(
                    f"has weights for {operator.groups} x {part} channels in and {out} out,"
                    f" and takes {sources[0]}"
                )
            return int(out)
        case Add():
            if sources[0] != sources[1]:
                raise ValueError(f"adds {sources[0]} channels to {sources[1]}")
        case Concat():
            return sum(sources)
        case Fold(columns=columns):
            return columns * sources[0]
        case Affine(scale=scale, shift=shift):
            for array, name in ((scale, "scales"), (shift, "shifts")):
                _array(array, name, (np.float32,), (sources[0],))
        case Argmax():
            return 1
    return sources[0]


def _convolution(conv: Conv, node: Node, graph: Graph) -> None:
    """The arrays of a convolution in float, in int8, or in float with weights stored in int8."""
    out = (conv.out_channels,)
    integer = node.quant is not None
    if integer and conv.weight.dtype != np.int8:
        raise ValueError(f"has weights of {conv.weight.dtype}, not of int8")
    if (conv.weight.dtype == np.int8) != (conv.scales is not None):
        raise ValueError("has scales for weights that are float, or int8 weights without scales")
    _array(conv.bias, "biases", (np.int32,) if integer else FLOATS, out)
    if conv.border is not None:
        inside = (conv.weight.shape[1] * conv.groups,)
        _array(conv.border, "border values", (np.int8,) if integer else FLOATS, inside)
    if conv.scales is None:
        return
    if conv.weight.min() == LEAST:
        raise ValueError("has a weight of -128: weights are symmetric, -127..127")
    _array(conv.scales, "weight scales", (np.float32,), out)
    if not (conv.scales > 0).all():
        raise ValueError("has a weight scale that is not above zero")
    source = graph[node.inputs[0]].quant
    if source is not None:
        _sums(conv, conv.scales, source)


def _sums(conv: Conv, scales: Array, source: Quant) -> None:
    """Accumulators that int32 holds, in units that float32 holds."""
    bias = np.abs(conv.bias.astype(np.int64))
    if bias.max(initial=0) > HIGHEST_BIAS:
        raise ValueError(f"has a bias of magnitude {int(bias.max())}, above {HIGHEST_BIAS}")
    greatest = SPAN * np.abs(conv.weight.astype(np.int64)).sum(axis=(1, 2, 3)) + bias
    if greatest.max(initial=0) >= ACCUMULATOR:
        raise ValueError("can have sums that 32 bits do not hold")
    with np.errstate(over="ignore", under="ignore"):
        units = bias_scales(scales, source)
    if not ((units >= np.finfo(np.float32).tiny) & (units < np.inf)).all():
        raise ValueError("has scales whose product float32 does not hold")


def _array(
    array: Any,
    name: str,
    kinds: tuple[type, ...],
    shape: tuple[int, ...] | None = None,
    *,
    dimensions: int = 1,
) -> None:
    if not isinstance(array, np.ndarray):
        raise ValueError(f"has no array of {name}")
    if array.dtype not in [np.dtype(kind) for kind in kinds]:
        wanted = " or ".join(np.dtype(kind).name for kind in kinds)
        raise ValueError(f"has {name} of {array.dtype}, not of {wanted}")
    if (shape is not None and array.shape != shape) or array.ndim != (
        dimensions if shape is None else len(shape)
    ):
        raise ValueError(f"has {name} of shape {array.shape}, not {shape or f'of {dimensions} dimensions'}")
    if array.size == 0:
        raise ValueError(f"has no {name}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"has {name} that are not finite")


def _whole(value: Any, least: int, name: str) -> None:
    if type(value) is not int or not least <= value <= MOST:
        raise ValueError(f"has {name} {value!r}, not a whole number from {least} to {MOST}")


def _pair(value: Any, name: str) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ValueError(f"has {name} {value!r}, not a pair")
    for part in value:
        _whole(part, 1, name)


def _padding(value: Any) -> None:
    if not isinstance(value, Padding):
        raise ValueError(f"has padding {value!r}")
    for part in (value.top, value.bottom, value.left, value.right):
        _whole(part, 0, "padding")


def _one_of(value: Any, known: tuple[str, ...], name: str) -> None:
    if value not in known:
        raise ValueError(f"has {name} {value!r}, not one of {', '.join(known)}")
