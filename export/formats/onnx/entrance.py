"""How the input comes in: pixels as the bytes of a camera, anything else as the network's own tensor."""

from __future__ import annotations

from onnx import ValueInfoProto

from export.formats.onnx.emitter import FLOAT, Emitter, Layout, describe
from export.formats.onnx.storage import BYTE
from fastscnn.graph.graph import Graph
from quantize.pixels import INPUT, PIXELS


def takes_bytes(graph: Graph) -> bool:
    """Whether the input is a picture's bytes: uint8, height x width x channels."""
    return graph.input.quant == PIXELS and graph.input.name == INPUT


def layout(graph: Graph) -> Layout:
    return "NHWC" if takes_bytes(graph) else "NCHW"


def enter(emit: Emitter) -> ValueInfoProto:
    """The graph's input, described; bytes are brought into the order of the network.

    In a file of int8 activations they become int8 by DequantizeLinear (uint8, scale 1) and QuantizeLinear
    (int8, scale 1, zero point -128): the same pixels, exactly, and all that follows is of one type.
    """
    source = emit.graph.input
    name, shape = source.name, emit.shapes[source.name]
    if source.quant is None:
        emit.keep(name, name, FLOAT)
    elif not takes_bytes(emit.graph):
        emit.keep(name, name, emit.integer)
    else:
        tensor = emit.fresh(f"{name}.channels_first")
        emit.node("Transpose", [name], tensor, tensor, perm=[0, 3, 1, 2])
        if emit.integer != BYTE:
            values = emit.dequantize(
                tensor, emit.quant_constants(f"{name}.bytes", PIXELS, BYTE), emit.fresh(f"{tensor}.float")
            )
            tensor = emit.quantize(values, emit.quant(name), emit.fresh(f"{name}.int8"))
        emit.keep(name, tensor, emit.integer)
        return describe(name, shape, BYTE, "NHWC")
    return describe(name, shape, emit.dtype(name))
