"""Where the picture enters: the one convolution that reads the input."""

from __future__ import annotations

from fastscnn.graph.graph import Conv, Graph, Node, Resize


def first_convolution(graph: Graph) -> Node:
    """The convolution that reads the input; resizes to the input's size are no readers of its values."""
    name = graph.input.name
    readers = [
        node
        for node in graph.consumers(name)
        if not (isinstance(node.operator, Resize) and node.inputs[0] != name)
    ]
    if len(readers) != 1 or not isinstance(readers[0].operator, Conv) or readers[0].operator.groups != 1:
        raise ValueError(
            f"the input must be read by one dense convolution, not by {[n.name for n in readers]}"
        )
    return readers[0]
