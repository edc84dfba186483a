"""Channels that differ much in range are brought nearer to each other: one scale serves a whole tensor.

A channel is multiplied where convolutions make it and divided where they read it, through everything between
that a positive factor passes: ReLU, sums, resizes, pools, concatenations. The network stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fastscnn.graph.graph import Activation, Add, Array, Concat, Conv, Graph, Input, Node
from quantize.sharing import groups

STRENGTH = 0.5
"""1 makes ranges equal; less leaves a part of the difference to the weights that read the channel."""
GREATEST = 64.0
"""A channel that hardly ever speaks is not brought up further."""


def equalized(graph: Graph, greatest: Mapping[str, Array]) -> Graph:
    """The same network with channels of more even ranges.

    Requires: for each tensor the greatest magnitude of each channel. A channel that only depthwise
    convolutions read is brought up fully: their weights have a scale for it alone.
    """
    channels = _Channels(graph)
    own = channels.greatest(greatest)
    whole = channels.greatest(_of_groups(graph, greatest))
    ratio = np.divide(whole, own, out=np.ones_like(own), where=own > 0)
    factors = np.where(channels.mixed(), ratio**STRENGTH, ratio).clip(1.0, GREATEST)
    factors[channels.fixed()] = 1.0
    nodes = []
    for node in graph:
        if isinstance(node.operator, Conv):
            made, read = (factors[channels.of[name]] for name in (node.name, node.inputs[0]))
            node = replace(node, operator=_rescaled(node.operator, made, read))
        nodes.append(node)
    return Graph(tuple(nodes), graph.output)


def _rescaled(conv: Conv, made: Array, read: Array) -> Conv:
    """Its outputs times `made`, for inputs that are times `read`."""
    # groups of outputs read different inputs: (out, in / groups)
    by_weight = np.repeat(read.reshape(conv.groups, -1), conv.out_channels // conv.groups, axis=0)
    weight = conv.weight.astype(np.float64) * made[:, None, None, None] / by_weight[:, :, None, None]
    bias = conv.bias.astype(np.float64) * made
    return replace(conv, weight=weight.astype(np.float32), bias=bias.astype(np.float32))


def _of_groups(graph: Graph, greatest: Mapping[str, Array]) -> dict[str, Array]:
    """For each channel the greatest magnitude among all tensors that share its quantization."""
    shared = groups(graph)
    whole: dict[str, float] = {}
    for name, values in greatest.items():
        whole[shared[name]] = max(whole.get(shared[name], 0.0), float(values.max()))
    return {name: np.full(len(values), whole[shared[name]]) for name, values in greatest.items()}


class _Channels:
    """All channels of a graph's tensors as numbers: channels that must have one factor have one number."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        places: dict[str, Array] = {}
        self.count = 0
        for node in graph:
            depth = _depth(node, places)
            places[node.name] = np.arange(self.count, self.count + depth)
            self.count += depth
        first = _united(self.count, _links(graph, places))
        self.of = {name: first[place] for name, place in places.items()}

    def greatest(self, values: Mapping[str, Array]) -> Array:
        """For each number the greatest value of its channels."""
        found = np.zeros(self.count)
        for name, given in values.items():
            np.maximum.at(found, self.of[name], given)
        return found

    def mixed(self) -> Array:
        """Which are read by a convolution that sums over several channels."""
        found = np.zeros(self.count, bool)
        for node, conv in self.graph.of(Conv):
            if conv.weight.shape[1] > 1:
                found[self.of[node.inputs[0]]] = True
        return found

    def fixed(self) -> Array:
        """Which have a meaning of their own: pixels, logits, and what is clipped at 6."""
        found = np.zeros(self.count, bool)
        for node in self.graph:
            operator = node.operator
            clipped = isinstance(operator, (Conv, Add)) and operator.activation == "relu6"
            clipped |= isinstance(operator, Activation) and operator.kind == "relu6"
            if clipped or isinstance(operator, Input) or node.name == self.graph.output:
                found[self.of[node.name]] = True
        return found


def _depth(node: Node, places: Mapping[str, Array]) -> int:
    """Its tensor's number of channels."""
    match node.operator:
        case Input(channels=channels):
            return channels
        case Conv() as conv:
            return conv.out_channels
        case Concat():
            return sum(len(places[name]) for name in node.inputs)
    return len(places[node.inputs[0]])


def _links(graph: Graph, places: Mapping[str, Array]) -> list[tuple[Array, Array]]:
    """Channels that one node passes on: a factor on the one is a factor on the other."""
    links = []
    for node in graph.nodes[1:]:
        if isinstance(node.operator, Concat):
            links.append((places[node.name], np.concatenate([places[name] for name in node.inputs])))
        elif not isinstance(node.operator, Conv):
            links += [(places[node.name], places[name]) for name in node.values]
    return links


def _united(count: int, links: Sequence[tuple[Array, Array]]) -> Array:
    """For each place the first of those that it is linked to."""
    first = np.arange(count)
    while True:
        before = first.copy()
        for left, right in links:
            first[left] = first[right] = np.minimum(first[left], first[right])
        if (first == before).all():
            return first
