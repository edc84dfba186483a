"""A quantized network that computes in float: its weights stay int8, its activations do not."""

from __future__ import annotations

from dataclasses import replace

from fastscnn.graph.graph import Conv, Dequantize, Graph, Node, Quant, Quantize
from fastscnn.graph.integers import bias_scales, dequantize, float_bias


def apply(graph: Graph) -> Graph:
    """For runtimes that store int8 weights and know no int8 activations.

    Requires: a quantized graph, whatever parts of it are float.
    Does: takes every scale and zero point of an activation away, and with them the quantize and dequantize
    nodes. Convolutions keep their int8 weights and scales; biases and borders become the float32 numbers
    that they stand for. What entered as int8 enters as the float numbers it stood for: pixels 0..255.
    Ensures: what the quantized network approximates by rounding its activations, without that rounding.
    """
    output = graph.output
    while isinstance(graph[output].operator, (Quantize, Dequantize)):
        output = graph[output].inputs[0]
    stands_for: dict[str, str] = {}
    nodes: list[Node] = []
    for node in graph:
        inputs = tuple(stands_for[name] for name in node.inputs)
        if isinstance(node.operator, (Quantize, Dequantize)):
            stands_for[node.name] = inputs[0]
            continue
        stands_for[node.name] = node.name
        operator = node.operator
        if isinstance(operator, Conv) and node.quant is not None:
            source = graph[node.inputs[0]].quant
            assert source is not None
            operator = _in_float(operator, source)
        nodes.append(Node(node.name, operator, inputs))
    return Graph(tuple(nodes), output).renamed(output, graph.output)


def _in_float(conv: Conv, source: Quant) -> Conv:
    assert conv.scales is not None
    bias = float_bias(conv.bias, bias_scales(conv.scales, source))
    return replace(conv, bias=bias, border=None if conv.border is None else dequantize(conv.border, source))
