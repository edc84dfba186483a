"""Of the ranges that a tensor could have, the one that harms the network's result least.

Each is tried alone: all other tensors are float. The harm is the divergence of the class probabilities from
the float network's (Kullback-Leibler), for it counts what a tensor's own error does, not how great it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from fastscnn.console import Console
from fastscnn.graph.graph import Graph, Node, Quant, Resize
from quantize.observers import METHODS, Method, Range, RangeObserver, quant_of, range_of
from quantize.simulation import each, on_grid
from quantize.torch_graph import TorchGraph

ALIKE = 0.01
"""Scales that differ by less are not both tried."""


@dataclass(frozen=True)
class Choice:
    """One way to quantize a tensor."""

    method: Method
    range: Range


def choices(observer: RangeObserver) -> list[Choice]:
    """The ranges that are worth trying."""
    found: list[Choice] = []
    for method in METHODS:
        choice = Choice(method, range_of(observer, method))
        if not any(_alike(quant_of(choice.range), quant_of(other.range)) for other in found):
            found.append(choice)
    return found


def _alike(left: Quant, right: Quant) -> bool:
    return abs(left.scale / right.scale - 1) < ALIKE and abs(left.zero_point - right.zero_point) <= 1


def best(
    graph: Graph,
    options: Mapping[str, Sequence[Choice]],
    shared: Mapping[str, str],
    feeds: Sequence[Tensor],
    console: Console,
) -> dict[str, Choice]:
    """For each tensor that stands for others (see `quantize.sharing`) the option with the least harm."""
    network = TorchGraph(graph).eval()
    trials = [(name, choice) for name, choices in options.items() if len(choices) > 1 for choice in choices]

    def harms(feed: Tensor) -> list[float]:
        trial = _Trial(network, shared, feed)
        return [trial.harm(name, quant_of(choice.range)) for name, choice in trials]

    # added in the order of the pictures, which is always the same
    totals = [sum(of) for of in zip(*each(harms, feeds, console, "choosing ranges"), strict=True)]
    chosen = {name: choices[0] for name, choices in options.items()}
    least: dict[str, float] = {}
    for (name, choice), total in zip(trials, totals, strict=True):
        if total < least.get(name, float("inf")):
            least[name], chosen[name] = total, choice
    return chosen


class _Trial:
    """One picture's float tensors, from which a part of the network is run again."""

    def __init__(self, network: TorchGraph, shared: Mapping[str, str], feed: Tensor) -> None:
        self.network, self.shared = network, shared
        self.tensors = {network.graph.input.name: feed}
        last = _scores(network.graph)
        self.nodes: list[Node] = []
        for node in network.graph.nodes[1:]:
            self.tensors[node.name] = self._result(node, {})
            self.nodes.append(node)
            if node.name == last:
                break
        self.expected = functional.log_softmax(self.tensors[last], dim=1)
        self.last = last

    def harm(self, root: str, quant: Quant) -> float:
        """The divergence when the tensors that share `root`'s quantization are rounded."""
        changed: dict[str, Tensor] = {}
        for node in (self.network.graph.input, *self.nodes):
            if any(name in changed for name in node.values):
                changed[node.name] = self._result(node, changed)
            if self.shared[node.name] == root:
                changed[node.name] = on_grid(changed.get(node.name, self.tensors[node.name]), quant)
        found = functional.log_softmax(changed.get(self.last, self.tensors[self.last]), dim=1)
        return float((self.expected.exp() * (self.expected - found)).sum(dim=1).double().mean())

    def _result(self, node: Node, changed: Mapping[str, Tensor]) -> Tensor:
        result: Tensor = self.network.layer(node.name)(
            *(changed.get(name, self.tensors[name]) for name in node.inputs)
        )
        return result


def _scores(graph: Graph) -> str:
    """The logits before they are brought to full size: that changes nothing that could be chosen better."""
    name = graph.output
    while isinstance(graph[name].operator, Resize):
        name = graph[name].inputs[0]
    return name
