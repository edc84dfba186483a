"""A Graph, for one size, as the bytes of an ONNX file."""

from __future__ import annotations

from collections.abc import Iterator

from onnx import helper

from export.formats.onnx.emitter import Emitter, describe
from export.formats.onnx.entrance import enter
from export.formats.onnx.metadata import PRODUCER, metadata
from export.formats.onnx.operators import OPERATORS
from export.forms import Activations
from fastscnn import __version__
from fastscnn.graph.graph import Graph, Node, Pair
from fastscnn.graph.shapes import resolve
from fastscnn.info import ModelInfo

OPSET = 17
IR_VERSION = 8
"""What belongs to the opset: onnxruntime reads it since 1.12."""


def write(graph: Graph, size: Pair, info: ModelInfo, activations: Activations = "uint8") -> bytes:
    """One ONNX model of batch 1. Float graphs: float32 at the borders, NCHW.

    Quantized graphs: QDQ form, int8 tensors stored as `activations`, which are the same numbers either way.
    onnxruntime fuses uint8 fully. Pixels come in as uint8, NHWC.
    """
    shapes = resolve(graph, size)
    emit = Emitter(graph, shapes, activations)
    source = enter(emit)
    for node in _computed(graph):
        OPERATORS[type(node.operator)](emit, node, node.operator)
        emit.complete(node)
    result = describe(graph.output, shapes[graph.output], emit.finish())
    model = helper.make_model(
        helper.make_graph(
            emit.nodes, "fast-scnn", [source], [result], initializer=emit.constants, value_info=emit.described
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
        producer_version=__version__,
    )
    helper.set_model_props(model, metadata(graph, shapes, info, emit.integer))
    return bytes(model.SerializeToString(deterministic=True))


def _computed(graph: Graph) -> Iterator[Node]:
    """The nodes whose values the output needs."""
    needed = {graph.output}
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.values)
    return (node for node in graph.nodes[1:] if node.name in needed)
