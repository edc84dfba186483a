"""Rounded weights and clipped values move the mean of a channel; its convolution's bias moves it back.

Layer after layer, float and int8 side by side on the same pictures: a layer is corrected for its own rounding
and for what is left of the rounding before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from fastscnn.console import Console
from fastscnn.graph.graph import Array, Conv, Graph, Node, Quant
from quantize.assemble import Weights
from quantize.simulation import each, on_grid, rounded
from quantize.torch_graph import TorchGraph


def corrected(
    graph: Graph,
    quants: Mapping[str, Quant],
    weights: Mapping[str, Weights],
    feeds: Sequence[Tensor],
    console: Console,
) -> dict[str, Array]:
    """The biases with which each convolution in `weights` gives the float network's means, float32.

    Requires: batches of one, as the network takes them.
    """
    networks = (TorchGraph(graph).eval(), rounded(graph, weights))
    walks = [_Walk(networks, quants, feed) for feed in feeds]
    biases: dict[str, Array] = {}
    last = max((place for place, node in enumerate(graph) if node.name in weights), default=0)
    nodes = graph.nodes[1 : last + 1]
    for node in console.progress(nodes, "correcting biases", len(nodes)):
        begun = each(lambda walk, node=node: walk.begin(node), walks)  # type: ignore[misc]
        shift = None
        if node.name in weights:
            assert isinstance(node.operator, Conv)
            # added in the order of the pictures, which is always the same
            shift = torch.stack(begun).mean(dim=0)
            biases[node.name] = (torch.from_numpy(node.operator.bias).double() + shift).float().numpy()
        each(lambda walk, node=node, shift=shift: walk.finish(node, shift), walks)  # type: ignore[misc]
    return biases


class _Walk:
    """One picture on its way through the float network and the rounded one."""

    def __init__(
        self, networks: tuple[TorchGraph, TorchGraph], quants: Mapping[str, Quant], feed: Tensor
    ) -> None:
        self.networks, self.quants = networks, quants
        self.graph = networks[0].graph
        self.tensors = [{self.graph.input.name: feed} for _ in networks]
        self.results: list[Tensor] = []
        self.last_reader = {name: node.name for node in self.graph for name in node.inputs}

    def begin(self, node: Node) -> Tensor:
        """The node's values before its activation; by how much the float network's means are greater."""
        self.results = [
            _before_activation(network, node)(*(tensors[name] for name in node.inputs))
            for network, tensors in zip(self.networks, self.tensors, strict=True)
        ]
        exact, int8 = (result.double().mean(dim=(0, 2, 3)) for result in self.results)
        return exact - int8

    def finish(self, node: Node, shift: Tensor | None) -> None:
        """Its result, for those that read it."""
        exact, int8 = self.results
        self.results = []
        if shift is not None:
            int8 = int8 + shift.float()[:, None, None]
        if isinstance(node.operator, Conv) and node.operator.activation != "none":
            activation = self.networks[0].layer(node.name).get_submodule("activation")
            exact, int8 = activation(exact), activation(int8)
        if node.name in self.quants:
            int8 = on_grid(int8, self.quants[node.name])
        for tensors, result in zip(self.tensors, (exact, int8), strict=True):
            tensors[node.name] = result
            for name in node.inputs:
                if self.last_reader[name] == node.name:
                    tensors.pop(name, None)


def _before_activation(network: TorchGraph, node: Node) -> nn.Module:
    layer = network.layer(node.name)
    if isinstance(node.operator, Conv) and node.operator.activation != "none":
        assert isinstance(layer, nn.Sequential)
        return layer[:-1]
    return layer
