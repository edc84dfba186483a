"""Convolutions: their numbers, and what lies around the map that they read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.builder import options
from export.formats.tflite.quantization import Quantization
from export.formats.tflite.sheet import SAME, VALID, Sheet
from fastscnn.graph.graph import Array, Conv, Node, Padding
from fastscnn.graph.integers import bias_scales
from fastscnn.graph.shapes import padding_of

ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
}
OUT_FIRST, OUT_LAST = (0, 2, 3, 1), (1, 2, 3, 0)
"""(out, in, height, width) becomes (out, height, width, in), or depthwise (1, height, width, out)."""

BORDERS = ((2, ("left", "right")), (1, ("top", "bottom")))
"""Axes of a map, and what lies at their ends."""


def conv(sheet: Sheet, node: Node, operator: Conv) -> int:
    source, padding = _padded(sheet, node, operator)
    # every output channel sees one input channel: more than the Graph calls depthwise
    depthwise = operator.groups > 1 and operator.weight.shape[1] == 1
    inputs = [source, *_numbers(sheet, node, operator, OUT_LAST if depthwise else OUT_FIRST)]
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


def amounts(sheet: Sheet, name: str, padding: Padding) -> int:
    """What a PAD puts around a map."""
    numbers = [[0, 0], [padding.top, padding.bottom], [padding.left, padding.right], [0, 0]]
    return sheet.model.constant(f"{name}/paddings", np.array(numbers, np.int32))


def _numbers(sheet: Sheet, node: Node, operator: Conv, order: tuple[int, ...]) -> tuple[int, int]:
    """Weight and bias."""
    weight = operator.weight.transpose(order)
    source = sheet.graph[node.inputs[0]].quant
    if operator.scales is None:
        return sheet.weight(f"{node.name}/weight", weight), sheet.weight(f"{node.name}/bias", operator.bias)
    if source is None:
        raise ValueError(f"{node.name} only stores its weights in int8, which TFLite is not written so")
    along_channels = Quantization.of_channels(operator.scales, order.index(0))
    products = Quantization.of_channels(bias_scales(operator.scales, source))
    return (
        sheet.model.constant(f"{node.name}/weight", weight, along_channels),
        sheet.model.constant(f"{node.name}/bias", operator.bias, products),
    )


def _padded(sheet: Sheet, node: Node, operator: Conv) -> tuple[int, int]:
    """The convolution's input, padded where its own SAME or VALID would not mean the same."""
    name = node.inputs[0]
    source = sheet.tensors[name]
    height, width, channels = sheet.shapes[name]
    padding = padding_of(operator, (height, width))
    if not padding:
        return source, VALID
    if operator.border is not None:
        return _bordered(sheet, node, operator.border, padding), VALID
    if padding == padding_of(replace(operator, padding="same"), (height, width)):
        return source, SAME
    shape = (1, height + padding.top + padding.bottom, width + padding.left + padding.right, channels)
    result = sheet.model.like(source, f"{node.name}/padded", shape)
    inputs = [source, amounts(sheet, f"{node.name}/padded", padding)]
    return sheet.model.operator("PAD", inputs, result, options("Pad")), VALID


def _bordered(sheet: Sheet, node: Node, border: Array, padding: Padding) -> int:
    """A map between constant columns, then between rows: a PAD knows one number for all channels."""
    source = node.inputs[0]
    quant = sheet.graph[source].quant
    quantization = Quantization.of_tensor(quant) if quant is not None else None
    result, shape = sheet.tensors[source], sheet.shape(source)
    for axis, sides in BORDERS:
        amounts = [getattr(padding, side) for side in sides]
        first, last = (
            [
                sheet.model.constant(
                    f"{node.name}/border/{side}",
                    np.broadcast_to(border, (*shape[:axis], amount, *shape[axis + 1 :])),
                    quantization,
                )
            ]
            if amount
            else []
            for side, amount in zip(sides, amounts, strict=True)
        )
        if first or last:
            shape = (*shape[:axis], shape[axis] + sum(amounts), *shape[axis + 1 :])
            grown = sheet.model.like(result, f"{node.name}/bordered/{axis}", shape)
            chosen = options("Concatenation", axis=axis)
            result = sheet.model.operator("CONCATENATION", [*first, result, *last], grown, chosen)
    return result
