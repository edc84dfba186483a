"""A network's Graph in the form that was asked for: which passes, in which order."""

from __future__ import annotations

from typing import Any

from export.forms import Form
from export.passes import (
    column_pairs,
    float_output,
    fold_affine,
    half_weights,
    image_input,
    labels_output,
    output_stride,
    rgba_bytes,
    rgba_input,
    weights_only,
)
from fastscnn.errors import UsageError
from fastscnn.graph.graph import Graph
from fastscnn.info import ModelInfo


def spelled(graph: Graph, info: ModelInfo, form: Form, format: str) -> Graph:
    """The network, float or quantized, in this form for this format."""
    graph = _entered_int8(graph, form) if form.precision == "int8" else _entered(graph, info, form)
    if format == "tflite" and not form.plain:
        graph = _faster(graph, form)
    graph = output_stride.apply(graph, form.stride, info.align_corners)
    if form.output == "labels":
        graph = labels_output.apply(graph)
    if form.precision == "fp16":
        return half_weights.apply(graph)
    if form.precision == "int8" and format == "coreml" and form.coreml_weights_only:
        return weights_only.apply(graph)
    # Core ML has no integer outputs of eight bits
    if form.precision == "int8" and form.output == "logits" and (form.float_output or format == "coreml"):
        return float_output.apply(graph)
    return graph


def _faster(graph: Graph, form: Form) -> Graph:
    """The same numbers sooner, in the runtimes of this format: docs/speed.md has what each pass gives."""
    if form.precision == "int8":
        return column_pairs.apply(graph, form.size)
    return fold_affine.apply(graph, borders=True)


def writing(form: Form, format: str) -> dict[str, Any]:
    """What the format's writer is told beside the graph."""
    if format == "onnx" and form.precision == "int8":
        return {"activations": form.onnx_activations}
    return {}


def _entered(graph: Graph, info: ModelInfo, form: Form) -> Graph:
    if form.input == "image":
        return fold_affine.apply(image_input.apply(graph, info.preprocessing))
    if form.input == "rgba":
        return rgba_input.apply(graph, info.preprocessing)
    return graph


def _entered_int8(graph: Graph, form: Form) -> Graph:
    took = "image" if graph.input.name == image_input.INPUT else "tensor"
    if took != ("tensor" if form.input == "tensor" else "image"):
        raise UsageError(
            f"The network was quantized on the input `{took}` and cannot be exported as `{form.input}`:"
            " its integers are others.",
            f"Quantize it again: fastscnn-quantize --input {'tensor' if took == 'image' else 'image'}.",
        )
    return rgba_bytes.apply(graph) if form.input == "rgba" else graph
