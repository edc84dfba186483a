"""Which tensors must have one scale: no runtime requantizes inside a resize, a pool or a concatenation."""

from __future__ import annotations

from collections.abc import Collection

from fastscnn.graph.graph import KEEPING, Graph


def groups(graph: Graph, floats: Collection[str] = ()) -> dict[str, str]:
    """For each tensor the first of those that it shares its quantization with, itself where it is alone.

    `floats` are the nodes that stay in float: nothing is shared through them.
    """
    first = {node.name: node.name for node in graph}

    def root(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    order = {node.name: place for place, node in enumerate(graph)}
    for node in graph:
        if isinstance(node.operator, KEEPING) and node.name not in floats:
            roots = {root(name) for name in (node.name, *node.values)}
            least = min(roots, key=order.__getitem__)
            first.update(dict.fromkeys(roots, least))
    return {name: root(name) for name in first}
