"""How each of the Graph's operators is spelled in ONNX: one function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

from export.formats.onnx.convolutions import bias, surround, weight
from export.formats.onnx.emitter import FLOAT, LABEL, Emitter
from export.formats.onnx.pools import pool
from fastscnn.graph.graph import (
    LEAST,
    MOST,
    Activation,
    ActivationKind,
    Add,
    Affine,
    Argmax,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Node,
    Operator,
    Pad,
    Padding,
    Pool,
    Quantize,
    Resize,
)
from fastscnn.graph.integers import limits
from fastscnn.graph.shapes import padding_of


def conv(emit: Emitter, node: Node, operator: Conv) -> None:
    padding = padding_of(operator, emit.size(node.inputs[0]))
    bordered = operator.border is not None and bool(padding)
    _activated(
        emit,
        node,
        "Conv",
        [
            surround(emit, node, operator, padding) if bordered else emit.source(node.inputs[0]),
            weight(emit, node, operator),
            bias(emit, node, operator),
        ],
        operator.activation,
        kernel_shape=operator.kernel,
        strides=operator.stride,
        dilations=operator.dilation,
        pads=_begins_and_ends(Padding() if bordered else padding),
        group=operator.groups,
    )


def add(emit: Emitter, node: Node, operator: Add) -> None:
    _activated(emit, node, "Add", [emit.source(name) for name in node.inputs], operator.activation)


def concat(emit: Emitter, node: Node, operator: Concat) -> None:
    emit.node("Concat", [emit.source(name) for name in node.inputs], emit.result(node), node.name, axis=1)


def resize(emit: Emitter, node: Node, operator: Resize) -> None:
    height, width, channels = emit.shapes[node.name]
    sizes = emit.constant(f"{node.name}.sizes", np.array([1, channels, height, width], np.int64))
    emit.node(
        "Resize",
        [emit.source(node.inputs[0]), "", "", sizes],
        emit.result(node),
        node.name,
        mode="linear",
        coordinate_transformation_mode="align_corners" if operator.align_corners else "half_pixel",
    )


def affine(emit: Emitter, node: Node, operator: Affine) -> None:
    # Normalising pixels in half would cost more than half of all the rounding in the network.
    dtype = emit.dtype(node.inputs[0])
    steps = [
        (kind, suffix, values)
        for kind, suffix, values, neutral in (
            ("Mul", "scale", operator.scale, 1.0),
            ("Add", "shift", operator.shift, 0.0),
        )
        if np.any(values != neutral)
    ]
    source = emit.source(node.inputs[0], dtype)
    result = emit.result(node, dtype)
    if not steps:
        emit.node("Identity", [source], result, node.name)
    for kind, suffix, values in steps:
        last = suffix == steps[-1][1]
        output = result if last else emit.fresh(f"{node.name}.scaled")
        factor = emit.constant(f"{node.name}.{suffix}", values.astype(dtype).reshape(-1, 1, 1))
        source = emit.node(kind, [source, factor], output, node.name if last else output)


def activation(emit: Emitter, node: Node, operator: Activation) -> None:
    _activate(emit, operator.kind, emit.source(node.inputs[0]), emit.result(node), node.name)


def pad(emit: Emitter, node: Node, operator: Pad) -> None:
    top, left, bottom, right = _begins_and_ends(operator.padding)
    pads = emit.constant(f"{node.name}.pads", np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
    emit.node("Pad", [emit.source(node.inputs[0]), pads], emit.result(node), node.name)


def fold(emit: Emitter, node: Node, operator: Fold) -> None:
    """Channels lie apart in memory here: the columns of a group are first brought before them."""
    height, width, channels = emit.shapes[node.name]
    split, turned = emit.fresh(f"{node.name}.split"), emit.fresh(f"{node.name}.turned")

    def reshape(source: str, output: str, name: str, *sizes: int) -> str:
        constant = emit.constant(f"{name}.sizes", np.array(sizes, np.int64))
        return emit.node("Reshape", [source, constant], output, name)

    reshape(
        emit.source(node.inputs[0]),
        split,
        split,
        1,
        channels // operator.columns,
        height,
        width,
        operator.columns,
    )
    emit.node("Transpose", [split], turned, turned, perm=[0, 4, 1, 2, 3])
    reshape(turned, emit.result(node), node.name, 1, channels, height, width)


def quantize(emit: Emitter, node: Node, operator: Quantize) -> None:
    emit.quantize(emit.source(node.inputs[0], FLOAT), emit.quant(node.name), node.name)
    emit.keep(node.name, node.name, emit.integer)


def dequantize(emit: Emitter, node: Node, operator: Dequantize) -> None:
    source = node.inputs[0]
    if emit.dequantized(source) != node.name:
        emit.dequantize(emit.tensor(source), emit.quant(source), node.name)
    emit.keep(node.name, node.name, FLOAT)


def argmax(emit: Emitter, node: Node, operator: Argmax) -> None:
    # Integers are compared as they are: their order is that of the values they stand for.
    indices = emit.fresh(f"{node.name}.int64")
    emit.node("ArgMax", [emit.tensor(node.inputs[0])], indices, indices, axis=1, keepdims=0)
    emit.node("Cast", [indices], emit.result(node, LABEL), node.name, to=TensorProto.INT32)


OPERATORS: dict[type[Operator], Callable[[Emitter, Node, Any], None]] = {
    Conv: conv,
    Add: add,
    Concat: concat,
    Resize: resize,
    Pool: pool,
    Affine: affine,
    Activation: activation,
    Pad: pad,
    Fold: fold,
    Argmax: argmax,
    Quantize: quantize,
    Dequantize: dequantize,
}


def _activated(
    emit: Emitter, node: Node, kind: str, inputs: list[str], activation: ActivationKind, **attributes: Any
) -> None:
    """An operator and its activation as a node of its own: runtimes fuse them in float.

    In integers the clamp to the tensor's 256 numbers is the activation where both end alike. Elsewhere (a
    relu whose tensor shares its scale with negative numbers) runtimes would fall back to float: there the
    activation stands between Q and DQ of its own, of the same scale, and the result is the same.
    """
    if node.quant is not None and limits(node.quant, activation) == (LEAST, MOST):
        activation = "none"
    result = emit.result(node)
    if activation == "none":
        emit.node(kind, inputs, result, node.name, **attributes)
        return
    linear = emit.node(kind, inputs, emit.fresh(f"{node.name}.linear"), node.name, **attributes)
    if node.quant is not None:
        quant = emit.quant(node.name)
        unlimited = emit.quantize(linear, quant, emit.fresh(f"{node.name}.unlimited"))
        linear = emit.dequantize(unlimited, quant, emit.fresh(f"{unlimited}.float"))
    _activate(emit, activation, linear, result, emit.fresh(f"{node.name}.{activation}"))


def _activate(emit: Emitter, kind: ActivationKind, source: str, result: str, name: str) -> None:
    match kind:
        case "relu":
            emit.node("Relu", [source], result, name)
        case "relu6":
            least = emit.shared_constant("relu6.min", np.array(0, emit.real))
            most = emit.shared_constant("relu6.max", np.array(6, emit.real))
            emit.node("Clip", [source, least, most], result, name)
        case "none":
            emit.node("Identity", [source], result, name)


def _begins_and_ends(padding: Padding) -> tuple[int, int, int, int]:
    return padding.top, padding.left, padding.bottom, padding.right
