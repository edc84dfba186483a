"""Which layers int8 hurts: each alone in int8 in a float network, each alone in float in an int8 one.

The loss is the divergence of class probabilities from the float network's (Kullback-Leibler, nats a cell),
at the network's own stride: it moves long before labels or mIoU do, and needs no masks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from fastscnn.console import Console
from fastscnn.graph import reference
from fastscnn.graph.graph import KEEPING, NAMES, Argmax, Array, Graph, Quant, Resize
from fastscnn.graph.integers import dequantize
from quantize.assemble import Weights, assemble

WORKERS = 2
RECOVERED = 0.5
"""The share of the loss that a recipe wins back, if any number of layers does."""
MOST_FLOAT = 0.25
"""The share of the layers that a recipe leaves in float at most: beyond it int8 is the wrong answer."""


class Decided(Protocol):
    """What was decided for a network: its float Graph, and the integers for it."""

    @property
    def graph(self) -> Graph: ...
    @property
    def quants(self) -> Mapping[str, Quant]: ...
    @property
    def weights(self) -> Mapping[str, Weights]: ...
    @property
    def floats(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Loss:
    """How far a network is from the float one."""

    divergence: float
    labels: float
    """The share of the labels that are others."""


@dataclass(frozen=True)
class Layer:
    """One layer's part in the loss."""

    name: str
    kind: str
    alone: Loss
    """All others in float."""
    without: Loss
    """All others in int8, this one in float."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The layers, worst first, and what leaving the worst in float together gives."""

    whole: Loss
    """Every layer in int8."""
    none: Loss
    """Every layer in float: what equalization or training changed."""
    layers: tuple[Layer, ...]
    together: tuple[tuple[str, Loss], ...]
    """The loss with this layer and all before it in float, as far as it was followed."""
    pictures: int

    def recommended(self) -> tuple[str, ...]:
        """The fewest of the worst layers that win back RECOVERED of the loss; else the best found."""
        aim = (1 - RECOVERED) * self.whole.divergence
        for count, (_, loss) in enumerate(self.together, 1):
            if loss.divergence <= aim:
                return tuple(name for name, _ in self.together[:count])
        left = [self.whole.divergence, *(loss.divergence for _, loss in self.together)]
        return tuple(name for name, _ in self.together[: left.index(min(left))])

    def as_json(self) -> dict[str, Any]:
        def figures(loss: Loss) -> dict[str, float]:
            return {"divergence": loss.divergence, "labels_changed": loss.labels}

        return {
            "pictures": self.pictures,
            "all_in_int8": figures(self.whole),
            "all_in_float": figures(self.none),
            "layers": [
                {
                    "name": layer.name,
                    "operator": layer.kind,
                    "alone_in_int8": figures(layer.alone),
                    "alone_in_float": figures(layer.without),
                }
                for layer in self.layers
            ],
            "together_in_float": [{"with": name, **figures(loss)} for name, loss in self.together],
            "recommended": list(self.recommended()),
        }


def measure(
    decided: Decided,
    feeds: Sequence[Array],
    wanted: Sequence[Array],
    console: Console,
    *,
    plain: Graph | None = None,
) -> Sensitivity:
    """The sensitivity on a few pictures.

    `feeds` are as the quantized network takes them; `wanted` are the float network's logits for them, at
    the stride of its last layer. `plain` is the float Graph as its layers are where they stay in float.
    """
    study = _Study(decided, plain or decided.graph)
    names = [name for name in study.layers() if name not in decided.floats]
    whole, none = _Sum(), _Sum()
    alone, without = {name: _Sum() for name in names}, {name: _Sum() for name in names}
    total = len(feeds) * len(names)

    def measured() -> Iterator[None]:
        with ThreadPoolExecutor(WORKERS) as pool:
            for feed, logits in zip(feeds, wanted, strict=True):
                floats, integers = study.floats(feed), study.integers(feed)
                whole.add(logits, study.result(integers))
                none.add(logits, floats[study.graph.output])

                results = pool.map(partial(study.apart, floats, integers), names)
                for name, (only, but) in zip(names, results, strict=True):
                    alone[name].add(logits, only)
                    without[name].add(logits, but)
                    yield

    for _ in console.progress(measured(), "measuring layers", total):
        pass
    layers = tuple(
        Layer(name, NAMES[type(study.graph[name].operator)], alone[name].mean(), without[name].mean())
        for name in names
    )
    ordered = sorted(layers, key=lambda layer: (-layer.alone.divergence, layer.name))
    together = _together(study, whole.mean(), ordered, feeds, wanted, console)
    return Sensitivity(whole.mean(), none.mean(), tuple(ordered), together, len(feeds))


def _together(
    study: _Study,
    whole: Loss,
    ordered: Sequence[Layer],
    feeds: Sequence[Array],
    wanted: Sequence[Array],
    console: Console,
) -> tuple[tuple[str, Loss], ...]:
    """One more layer in float at a time, until enough of the loss is won back."""
    found: list[tuple[str, Loss]] = []
    most = max(1, int(MOST_FLOAT * len(ordered)))
    bases = [(logits, study.integers(feed)) for feed, logits in zip(feeds, wanted, strict=True)]
    for layer in console.progress(ordered[:most], "leaving the worst in float", most):
        names = [name for name, _ in found] + [layer.name]
        loss = _Sum()
        for logits, base in bases:
            loss.add(logits, study.changed(base, [*study.decided.floats, *names], names))
        found.append((layer.name, loss.mean()))
        if loss.mean().divergence <= (1 - RECOVERED) * whole.divergence:
            break
    return tuple(found)


@dataclass(eq=False)
class _Sum:
    """Losses, picture by picture."""

    divergence: float = 0.0
    labels: float = 0.0
    count: int = 0

    def add(self, wanted: Array, found: Array) -> None:
        before, after = _log_probabilities(wanted), _log_probabilities(found)
        self.divergence += float((np.exp(before) * (before - after)).sum(axis=2).mean())
        self.labels += float((wanted.argmax(axis=2) != found.argmax(axis=2)).mean())
        self.count += 1

    def mean(self) -> Loss:
        return Loss(self.divergence / self.count, self.labels / self.count)


@dataclass(eq=False)
class _Study:
    """The network with any of its layers in float; only what a change reaches is computed again."""

    decided: Decided
    plain: Graph
    known: dict[frozenset[str], Graph] = field(default_factory=dict)
    graph: Graph = field(init=False)
    """Ends at the network's own stride."""
    all_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.decided.graph
        last = graph[graph.output]
        while isinstance(last.operator, Argmax | Resize):
            last = graph[last.inputs[0]]
        self.graph = Graph(graph.nodes[: graph.nodes.index(last) + 1], last.name)
        self.all_names = tuple(node.name for node in self.graph)

    def layers(self) -> list[str]:
        """The nodes with a quantization of their own; the others only pass on numbers."""
        nodes = [node for node in self.graph.nodes[1:] if not isinstance(node.operator, KEEPING)]
        return [node.name for node in nodes]

    def mixed(self, floats: Collection[str]) -> Graph:
        """The network with these layers in float: assembled once for all pictures."""
        chosen = frozenset(floats)
        if chosen not in self.known:
            self.known[chosen] = self._assembled(chosen)
        return self.known[chosen]

    def _assembled(self, floats: frozenset[str]) -> Graph:
        nodes = tuple(self.plain[node.name] if node.name in floats else node for node in self.graph)
        graph = Graph(nodes, self.graph.output)
        return assemble(graph, self.decided.quants, self.decided.weights, floats)

    def floats(self, feed: Array) -> dict[str, Array]:
        """Every tensor, all layers in float."""
        nodes = self.plain.nodes[: len(self.graph.nodes)]
        return reference.run(Graph(nodes, self.graph.output), feed, self.all_names)

    def integers(self, feed: Array) -> dict[str, Array]:
        """Every tensor, all layers in int8."""
        mixed = self.mixed(self.decided.floats)
        return reference.run(mixed, feed, [node.name for node in mixed])

    def changed(self, base: Mapping[str, Array], floats: Collection[str], places: Collection[str]) -> Array:
        """The logits where these are in float, if `base` differs from that at `places` alone."""
        mixed = self.mixed(floats)
        reached = set(places)
        tensors = dict(base)
        for node in mixed:
            if node.name in reached or any(name in reached for name in node.inputs):
                reached.add(node.name)
            elif node.name in tensors:
                continue
            tensors[node.name] = reference.step(mixed, node.name, [tensors[name] for name in node.inputs])
        return self._values(mixed, tensors)

    def apart(
        self, floats: Mapping[str, Array], integers: Mapping[str, Array], name: str
    ) -> tuple[Array, Array]:
        """The logits with one layer alone in int8, and with it alone in float, from the tensors of both."""
        others = [node for node in self.all_names if node != name]
        return self.changed(floats, others, [name]), self.changed(
            integers, [*self.decided.floats, name], [name]
        )

    def result(self, tensors: Mapping[str, Array]) -> Array:
        """The logits of the int8 network's tensors."""
        return self._values(self.mixed(self.decided.floats), tensors)

    def _values(self, graph: Graph, tensors: Mapping[str, Array]) -> Array:
        quant = graph[graph.output].quant
        logits = tensors[graph.output]
        return logits if quant is None else dequantize(logits, quant)


def _log_probabilities(logits: Array) -> Array:
    shifted = logits.astype(np.float64) - logits.max(axis=2, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    return result
