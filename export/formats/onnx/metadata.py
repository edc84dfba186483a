"""What an ONNX file says of itself in metadata_props: our ModelInfo, and plain keys for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastscnn.graph.graph import Argmax, Graph, Input
from fastscnn.graph.shapes import Shape
from fastscnn.info import ModelInfo, Preprocessing

INFO_KEY = "fastscnn.info"


def metadata(graph: Graph, shapes: Mapping[str, Shape], info: ModelInfo) -> dict[str, str]:
    """Keys and values in the order in which they are written."""
    form = input_form(graph)
    wanted = info.preprocessing if form == "tensor" else Preprocessing("rgb", (0.0,) * 3, (1.0,) * 3)
    labels = isinstance(graph[graph.output].operator, Argmax)
    stride = round(shapes[graph.input.name][0] / shapes[graph.output][0])
    return {
        "classes": json.dumps(info.classes),
        "colors": json.dumps(info.colors),
        "trained": json.dumps(info.trained),
        "precision": "fp16 inside, float32 at the borders" if graph.half else "fp32",
        "input.form": form,
        "input.takes": TAKES[form],
        "input.order": {"rgba": "rgba"}.get(form, wanted.order),
        "input.mean": json.dumps(wanted.mean),
        "input.std": json.dumps(wanted.std),
        "output.form": "labels" if labels else "logits",
        "output.gives": "the index of the greatest class" if labels else "one score a class, before softmax",
        "output.stride": str(stride),
        "align_corners": json.dumps(info.align_corners),
        INFO_KEY: info.to_json(),
    }


TAKES = {
    "image": "float32 RGB pixels 0..255; the normalisation is inside",
    "rgba": "float32 RGBA pixels 0..255 as a camera gives them; the normalisation is inside",
    "tensor": "float32 (pixel - mean) / std, with pixels 0..255 and the channels in this order",
}


def input_form(graph: Graph) -> str:
    operator = graph.input.operator
    assert isinstance(operator, Input)
    if graph.input.name != "image":
        return "tensor"
    return "rgba" if operator.channels == 4 else "image"
