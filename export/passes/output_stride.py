"""Logits at full size, or at the network's own 1/8."""

from __future__ import annotations

from fastscnn.graph.graph import Graph, Node, Resize

LOGITS = "logits"


def apply(graph: Graph, stride: int, align_corners: bool) -> Graph:
    """The output called `logits`, at the stride that was asked for.

    Requires: logits as output, resized to the input's size or not.
    Does: adds the resize at stride 1 where the network has none, takes it away at stride 8.
    Ensures: the values that the network itself has there.
    """
    if stride not in (1, 8):
        raise ValueError(f"a stride of {stride}")
    last = graph[graph.output]
    resized = isinstance(last.operator, Resize) and last.inputs[1:] == (graph.input.name,)
    if stride == 8 and resized:
        graph = Graph(tuple(node for node in graph if node is not last), last.inputs[0])
    elif stride == 1 and not resized:
        resize = Node(
            f"{graph.output}.resized", Resize(align_corners), (graph.output, graph.input.name), last.quant
        )
        graph = Graph((*graph.nodes, resize), resize.name)
    if graph.output != LOGITS and LOGITS in graph.by_name:
        graph = graph.renamed(LOGITS, f"{LOGITS}.layer")
    return graph.renamed(graph.output, LOGITS)
