"""What an ONNX file says of itself in metadata_props: our ModelInfo, and plain keys for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from export.formats.onnx.entrance import layout, takes_bytes
from export.formats.onnx.storage import BYTE, shift
from fastscnn.graph.graph import Argmax, Graph, Input, Node
from fastscnn.graph.shapes import Shape
from fastscnn.info import ModelInfo, Preprocessing

INFO_KEY = "fastscnn.info"
PRODUCER = "fastscnn-mobile"


def metadata(graph: Graph, shapes: Mapping[str, Shape], info: ModelInfo, integer: np.dtype) -> dict[str, str]:
    """Keys and values in the order in which they are written; int8 tensors are stored as `integer`."""
    form = input_form(graph)
    wanted = info.preprocessing if form == "tensor" else Preprocessing("rgb", (0.0,) * 3, (1.0,) * 3)
    labels = isinstance(graph[graph.output].operator, Argmax)
    stride = round(shapes[graph.input.name][0] / shapes[graph.output][0])
    stored = BYTE if takes_bytes(graph) else integer
    return {
        "classes": json.dumps(info.classes),
        "colors": json.dumps(info.colors),
        "trained": json.dumps(info.trained),
        "precision": _precision(graph, integer),
        "input.form": form,
        "input.takes": TAKES[form].format("float32" if graph.input.quant is None else stored.name),
        "input.layout": layout(graph),
        "input.order": {"rgba": "rgba"}.get(form, wanted.order),
        "input.mean": json.dumps(wanted.mean),
        "input.std": json.dumps(wanted.std),
        **_numbers("input", graph.input, stored),
        "output.form": "labels" if labels else "logits",
        "output.gives": "the index of the greatest class" if labels else "one score a class, before softmax",
        "output.stride": str(stride),
        **_numbers("output", graph[graph.output], integer),
        "align_corners": json.dumps(info.align_corners),
        INFO_KEY: info.to_json(),
    }


TAKES = {
    "image": "{} RGB pixels 0..255; the normalisation is inside",
    "rgba": "{} RGBA pixels 0..255 as a camera gives them; the normalisation is inside",
    "tensor": "{} (pixel - mean) / std, with pixels 0..255 and the channels in this order",
}


def input_form(graph: Graph) -> str:
    operator = graph.input.operator
    assert isinstance(operator, Input)
    if graph.input.name != "image":
        return "tensor"
    return "rgba" if operator.channels == 4 else "image"


def _precision(graph: Graph, integer: np.dtype) -> str:
    if not graph.quantized:
        return "fp16 inside, float32 at the borders" if graph.half else "fp32"
    floats = sum(graph.computes_in_float(node) for node in graph)
    rest = f", {floats} layers in float32" if floats else ""
    return f"int8: weights int8 per channel, biases int32, activations {integer.name}{rest}"


def _numbers(border: str, node: Node, stored: np.dtype) -> dict[str, str]:
    """What a quantized tensor's integers stand for: (number - zero_point) * scale."""
    if node.quant is None:
        return {}
    zero_point = node.quant.zero_point + shift(stored)
    return {f"{border}.scale": json.dumps(node.quant.scale), f"{border}.zero_point": str(zero_point)}
