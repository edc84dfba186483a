"""Whether an ONNX file may reach a runtime: no operator that loops, calls or invents, no map beyond reason.

A runtime computes what a file asks for: one Loop can keep it busy for ever, one ConstantOfShape can take all
of a machine's memory. What our writer writes does neither.
"""

from __future__ import annotations

from math import prod

import onnx
from onnx import ModelProto, ValueInfoProto, shape_inference

from export.formats.onnx.floats import ALONE, CHAINED, NO_ARITHMETIC
from fastscnn.graph.shapes import LARGEST_TENSOR

KNOWN = ALONE | CHAINED | NO_ARITHMETIC | {"Mul", "Identity"}
"""A new operator of the writer belongs into one of these sets."""
DOMAINS = ("", "ai.onnx")
WIDEST = 8
"""Bytes of a number."""


def complaint(model: ModelProto) -> str | None:
    """Why the model is none of ours, by its parts alone; None where it can be."""
    if model.functions or model.training_info:
        return "it brings functions or a training of its own, which fastscnn-export does not write"
    for node in model.graph.node:
        if node.op_type not in KNOWN or node.domain not in DOMAINS:
            return f"it holds {node.op_type}, which fastscnn-export does not write"
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            return f"its {node.op_type} holds a graph of its own"
    return None


def vast(model: ModelProto) -> str | None:
    """The first tensor of a checked model that is greater than any file may hold, or has no fixed size."""
    inferred = shape_inference.infer_shapes(model, data_prop=True).graph
    sizes = {value.name: _bytes(value) for value in (*inferred.value_info, *inferred.input, *inferred.output)}
    for node in model.graph.node:
        for name in node.output:
            if not 0 < sizes.get(name, 0) <= LARGEST_TENSOR:
                return name
    return None


def _bytes(value: ValueInfoProto) -> int:
    tensor = value.type.tensor_type
    width = WIDEST
    if tensor.elem_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.INT32):
        width = 4
    if tensor.elem_type in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8):
        width = 1
    return width * prod(axis.dim_value for axis in tensor.shape.dim)
