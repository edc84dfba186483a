"""A Graph, for one size, as the bytes of an ONNX file."""

from __future__ import annotations

from collections.abc import Iterator

from onnx import helper

from export.formats.onnx.emitter import FLOAT, LABEL, Emitter, describe
from export.formats.onnx.metadata import metadata
from export.formats.onnx.operators import OPERATORS
from fastscnn import __version__
from fastscnn.graph.graph import Argmax, Graph, Node, Pair, Resize
from fastscnn.graph.shapes import resolve
from fastscnn.info import ModelInfo

OPSET = 17
IR_VERSION = 8
"""What belongs to the opset: onnxruntime reads it since 1.12."""


def write(graph: Graph, size: Pair, info: ModelInfo) -> bytes:
    """One ONNX model: float32 at the borders, NCHW, batch 1."""
    shapes = resolve(graph, size)
    labels = isinstance(graph[graph.output].operator, Argmax)
    emit = Emitter(graph, shapes)
    for node in _computed(graph):
        OPERATORS[type(node.operator)](emit, node, node.operator)
    emit.finish()
    model = helper.make_model(
        helper.make_graph(
            emit.nodes,
            "fast-scnn",
            [describe(graph.input.name, shapes[graph.input.name], FLOAT)],
            [describe(graph.output, shapes[graph.output], LABEL if labels else FLOAT)],
            initializer=emit.constants,
            value_info=emit.described,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="fastscnn-mobile",
        producer_version=__version__,
    )
    helper.set_model_props(model, metadata(graph, shapes, info))
    return bytes(model.SerializeToString(deterministic=True))


def _computed(graph: Graph) -> Iterator[Node]:
    """The nodes whose values the output needs: a resize takes only the size of its second input."""
    needed = {graph.output}
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs[:1] if isinstance(node.operator, Resize) else node.inputs)
    return (node for node in graph.nodes[1:] if node.name in needed)
