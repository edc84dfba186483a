"""The class of each pixel instead of its logits."""

from __future__ import annotations

from fastscnn.graph.graph import Argmax, Graph, Node

LABELS = "labels"


def apply(graph: Graph) -> Graph:
    """An int32 label a pixel, called `labels`.

    Requires: logits as output.
    Does: appends the argmax over channels.
    Ensures: the first of the greatest logits' channels.
    """
    return Graph((*graph.nodes, Node(LABELS, Argmax(), (graph.output,))), LABELS)
