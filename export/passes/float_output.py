"""Float logits from a quantized network."""

from __future__ import annotations

from export.passes.output_stride import LOGITS
from fastscnn.graph.graph import Dequantize, Graph, Node

INTEGERS = f"{LOGITS}.int8"


def apply(graph: Graph) -> Graph:
    """A float32 output called `logits`.

    Requires: logits as output, called so.
    Does: appends a dequantize where they are int8; these are called `logits.int8`.
    Ensures: the float values that the integers stand for.
    """
    if graph[graph.output].quant is None:
        return graph
    graph = graph.renamed(LOGITS, INTEGERS)
    return Graph((*graph.nodes, Node(LOGITS, Dequantize(), (INTEGERS,))), LOGITS)
