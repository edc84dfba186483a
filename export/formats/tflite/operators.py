"""How each operator of the Graph is spelled in TFLite: one small function an operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.flatbuffer import options
from export.formats.tflite.pooling import pool
from export.formats.tflite.sheet import CHANNELS, SAME, VALID, Sheet
from fastscnn.graph.graph import (
    Activation,
    Add,
    Affine,
    Argmax,
    Concat,
    Conv,
    Node,
    Operator,
    Pad,
    Padding,
    Pool,
    Resize,
)
from fastscnn.graph.shapes import padding_of

ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
}


def conv(sheet: Sheet, node: Node, operator: Conv) -> int:
    source, padding = _padded(sheet, node, operator)
    # every output channel sees one input channel: more than the Graph calls depthwise
    depthwise = operator.groups > 1 and operator.weight.shape[1] == 1
    # (out, in, height, width) becomes (1, height, width, out) or (out, height, width, in)
    order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
    inputs = [
        source,
        sheet.weight(f"{node.name}/weight", operator.weight.transpose(order)),
        sheet.weight(f"{node.name}/bias", operator.bias),
    ]
    chosen = options(
        "DepthwiseConv2D" if depthwise else "Conv2D",
        padding=padding,
        strideH=operator.stride[0],
        strideW=operator.stride[1],
        dilationHFactor=operator.dilation[0],
        dilationWFactor=operator.dilation[1],
        fusedActivationFunction=ACTIVATIONS[operator.activation],
    )
    if not depthwise:
        grouped = operator.groups > 1
        return sheet.model.operator(
            "CONV_2D", inputs, sheet.result(node), chosen, version=6 if grouped else 1
        )
    chosen.depthMultiplier = operator.out_channels // operator.groups
    dilated = operator.dilation != (1, 1)
    return sheet.model.operator(
        "DEPTHWISE_CONV_2D", inputs, sheet.result(node), chosen, version=2 if dilated else 1
    )


def add(sheet: Sheet, node: Node, operator: Add) -> int:
    chosen = options("Add", fusedActivationFunction=ACTIVATIONS[operator.activation])
    return sheet.model.operator("ADD", sheet.sources(node), sheet.result(node), chosen)


def concat(sheet: Sheet, node: Node, operator: Concat) -> int:
    chosen = options("Concatenation", axis=CHANNELS)
    return sheet.model.operator("CONCATENATION", sheet.sources(node), sheet.result(node), chosen)


def resize(sheet: Sheet, node: Node, operator: Resize) -> int:
    source = sheet.sources(node)[0]
    size = np.array(sheet.shapes[node.name][:2], np.int32)
    inputs = [source, sheet.model.constant(f"{node.name}/size", size)]
    chosen = options(
        "ResizeBilinear",
        alignCorners=operator.align_corners,
        halfPixelCenters=not operator.align_corners,
    )
    version = 1 if operator.align_corners else 3
    return sheet.model.operator("RESIZE_BILINEAR", inputs, sheet.result(node), chosen, version)


def affine(sheet: Sheet, node: Node, operator: Affine) -> int:
    """A depthwise 1x1 convolution: one pass over the map where MUL and ADD make two."""
    inputs = [
        *sheet.sources(node),
        sheet.model.constant(f"{node.name}/scale", operator.scale.reshape(1, 1, 1, -1)),
        sheet.model.constant(f"{node.name}/shift", operator.shift),
    ]
    chosen = options("DepthwiseConv2D", padding=VALID, strideH=1, strideW=1, depthMultiplier=1)
    return sheet.model.operator("DEPTHWISE_CONV_2D", inputs, sheet.result(node), chosen)


def activation(sheet: Sheet, node: Node, operator: Activation) -> int:
    if operator.kind == "none":
        return sheet.reshaped(sheet.sources(node)[0], node.name, sheet.shape(node.name))
    return sheet.model.operator(operator.kind.upper(), sheet.sources(node), sheet.result(node))


def pad(sheet: Sheet, node: Node, operator: Pad) -> int:
    inputs = [*sheet.sources(node), _amounts(sheet, node.name, operator.padding)]
    return sheet.model.operator("PAD", inputs, sheet.result(node), options("Pad"))


def argmax(sheet: Sheet, node: Node, operator: Argmax) -> int:
    inputs = [*sheet.sources(node), sheet.model.constant(f"{node.name}/axis", np.array(CHANNELS, np.int32))]
    result = sheet.model.tensor(node.name, sheet.shape(node.name)[:CHANNELS], "int32")
    chosen = options("ArgMax", outputType=schema.TensorType.INT32)
    return sheet.model.operator("ARG_MAX", inputs, result, chosen)


def _padded(sheet: Sheet, node: Node, operator: Conv) -> tuple[int, int]:
    """The convolution's input, padded where its own SAME or VALID would not mean the same zeros."""
    source = node.inputs[0]
    height, width, channels = sheet.shapes[source]
    padding = padding_of(operator, (height, width))
    if not padding:
        return sheet.tensors[source], VALID
    if padding == padding_of(replace(operator, padding="same"), (height, width)):
        return sheet.tensors[source], SAME
    shape = (1, height + padding.top + padding.bottom, width + padding.left + padding.right, channels)
    name = f"{node.name}/padded"
    inputs = [sheet.tensors[source], _amounts(sheet, name, padding)]
    return sheet.model.operator("PAD", inputs, sheet.model.tensor(name, shape), options("Pad")), VALID


def _amounts(sheet: Sheet, name: str, padding: Padding) -> int:
    amounts = [[0, 0], [padding.top, padding.bottom], [padding.left, padding.right], [0, 0]]
    return sheet.model.constant(f"{name}/paddings", np.array(amounts, np.int32))


SPELLINGS: dict[type[Operator], Callable[..., int]] = {
    Conv: conv,
    Add: add,
    Concat: concat,
    Resize: resize,
    Pool: pool,
    Affine: affine,
    Activation: activation,
    Pad: pad,
    Argmax: argmax,
}


def spell(sheet: Sheet, node: Node) -> None:
    """Writes one node."""
    sheet.tensors[node.name] = SPELLINGS[type(node.operator)](sheet, node, node.operator)
