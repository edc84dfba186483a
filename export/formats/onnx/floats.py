"""Which nodes of an ONNX file compute in float, and not between DequantizeLinear and QuantizeLinear."""

from __future__ import annotations

from onnx import NodeProto

from export.formats.onnx.wiring import DEQUANTIZE, QUANTIZE, Wiring

QUANTIZED_ALL = frozenset({"Add", "Concat", "Conv"})
"""Operators every input of which must come from a DequantizeLinear: weights and biases too."""
ALONE = frozenset({*QUANTIZED_ALL, "Clip", "Pad", "Relu", "Resize"})
POOLING = frozenset({"AveragePool", "Gather", "GlobalAveragePool", "GlobalMaxPool", "MatMul", "MaxPool"})
"""Adaptive bins may take several of these one after the other."""
FOLDING = frozenset({"Reshape", "Transpose"})
"""Folded columns take several of these."""
CHAINED = POOLING | FOLDING
NO_ARITHMETIC = frozenset({QUANTIZE, DEQUANTIZE, "ArgMax", "Cast"})


def floats(wiring: Wiring) -> frozenset[str]:
    """By the names of the network's nodes."""
    accounted = {output for node in wiring.of(QUANTIZE) for output in _between(wiring, node)}
    accounted |= {output for node in wiring.of(DEQUANTIZE) for output in wiring.way(node.input[0])[:-1]}
    return frozenset(
        _owner(wiring, node)
        for node in wiring.nodes
        if node.op_type not in NO_ARITHMETIC and not accounted.intersection(node.output)
    )


def _between(wiring: Wiring, quantize: NodeProto) -> list[str]:
    """What is computed for a QuantizeLinear from nothing but DequantizeLinear: one operator, pooling or fold.

    Empty where anything else is in between, such as a tensor that the network itself has as float.
    """
    tensors: list[str] = []
    name = quantize.input[0]
    while not wiring.gives(name, DEQUANTIZE):
        node = wiring.givers.get(name)
        if node is None or name in wiring.described or node.op_type not in ALONE | CHAINED:
            return []
        if tensors and node.op_type not in CHAINED:
            return []
        tensors.append(name)
        sources = list(node.input) if node.op_type in QUANTIZED_ALL else wiring.computed(node)
        if node.op_type in ALONE:
            return tensors if all(wiring.gives(source, DEQUANTIZE) for source in sources) else []
        if len(sources) != 1:
            return []
        name = sources[0]
    return tensors


def _owner(wiring: Wiring, node: NodeProto) -> str:
    """The network's node that this one belongs to: a convolution's name, or its next tensor's."""
    if node.op_type == "Conv":
        return node.name
    name = node.output[0]
    while name not in wiring.described and wiring.takers[name]:
        name = wiring.takers[name][0].output[0]
    return name
