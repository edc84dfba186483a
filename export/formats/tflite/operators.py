"""How each operator of the Graph is spelled in TFLite: one small function an operator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.builder import options
from export.formats.tflite.convolution import ACTIVATIONS, amounts, conv
from export.formats.tflite.entry import enter
from export.formats.tflite.pooling import pool
from export.formats.tflite.sheet import CHANNELS, VALID, Sheet
from fastscnn.graph.graph import (
    Activation,
    Add,
    Affine,
    Argmax,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Input,
    Node,
    Operator,
    Pad,
    Pool,
    Quantize,
    Resize,
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
    if node.quant is None:
        return sheet.model.operator(operator.kind.upper(), sheet.sources(node), sheet.result(node))
    # XNNPACK takes no RELU in int8, but what a window of one cell lets through
    chosen = options(
        "Pool2D",
        padding=VALID,
        filterHeight=1,
        strideH=1,
        filterWidth=1,
        strideW=1,
        fusedActivationFunction=ACTIVATIONS[operator.kind],
    )
    return sheet.model.operator("MAX_POOL_2D", sheet.sources(node), sheet.result(node), chosen)


def pad(sheet: Sheet, node: Node, operator: Pad) -> int:
    inputs = [*sheet.sources(node), amounts(sheet, node.name, operator.padding)]
    return sheet.model.operator("PAD", inputs, sheet.result(node), options("Pad"))


def fold(sheet: Sheet, node: Node, operator: Fold) -> int:
    return sheet.reshaped(sheet.sources(node)[0], node.name, sheet.shape(node.name))


def argmax(sheet: Sheet, node: Node, operator: Argmax) -> int:
    inputs = [*sheet.sources(node), sheet.model.constant(f"{node.name}/axis", np.array(CHANNELS, np.int32))]
    result = sheet.model.tensor(node.name, sheet.shape(node.name)[:CHANNELS], "int32")
    chosen = options("ArgMax", outputType=schema.TensorType.INT32)
    return sheet.model.operator("ARG_MAX", inputs, result, chosen)


def quantize(sheet: Sheet, node: Node, operator: Quantize) -> int:
    return sheet.model.operator("QUANTIZE", sheet.sources(node), sheet.result(node), options("Quantize"))


def dequantize(sheet: Sheet, node: Node, operator: Dequantize) -> int:
    return sheet.model.operator("DEQUANTIZE", sheet.sources(node), sheet.result(node), options("Dequantize"))


SPELLINGS: dict[type[Operator], Callable[..., int]] = {
    Input: enter,
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


def spell(sheet: Sheet, node: Node) -> None:
    """Writes one node."""
    sheet.tensors[node.name] = SPELLINGS[type(node.operator)](sheet, node, node.operator)
