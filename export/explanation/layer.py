"""What one layer does in a file: its operator, its numbers, how much of its range pictures use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from export import borders, pictures, source
from export.explanation import advice, beside
from export.explanation.subject import Artifact, Network, Wishes
from export.formats.base import THREADS
from export.forms import InputForm, feed
from export.request import DEFAULT_SIZE
from fastscnn.console import Console
from fastscnn.errors import UsageError
from fastscnn.graph import file as graph_file
from fastscnn.graph import reference, shapes
from fastscnn.graph.graph import LEAST, MOST, NAMES, Array, Conv, Graph, Node, Quant
from fastscnn.info import Size

Tap = Callable[[Array, Sequence[str]], Mapping[str, Array]]
"""A picture in the input form to tensors by the names of their nodes."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer, wherever it was found."""

    name: str
    node: Node | None
    """None where a file alone does not tell its operator."""
    graph: Graph | None
    quant: Quant | None
    weight: Array | None
    scales: Array | None
    in_float: bool


def explain(name: str, subject: Artifact | Network, wishes: Wishes, console: Console) -> dict[str, Any]:
    """The document of a layer."""
    layer = _in_artifact(name, subject) if isinstance(subject, Artifact) else _in_network(name, subject)
    size = _size(subject, wishes)
    taps = (name, *(layer.node.inputs if layer.node is not None else ()))
    sizes: dict[str, list[int]] = {}
    seen = []
    for picture in pictures.load(wishes.data, size, console):
        tensors = _tapped(subject, picture.pixels, taps)
        sizes.update({tap: list(tensors[tap].shape) for tap in taps})
        seen.append({"picture": picture.name, **usage(tensors[name], layer.quant)})
    agreement = _agreement(name, subject)
    return {
        "schema": 1,
        "kind": "layer",
        "layer": name,
        "of": str(subject.path) if isinstance(subject, Artifact) else subject.name,
        "size": f"{size[0]}x{size[1]}",
        "operator": _operator(layer),
        "in_float": layer.in_float,
        "inputs": [{"name": tap, "shape": sizes[tap], **_quant(_quant_of(layer, tap))} for tap in taps[1:]],
        "output": {"shape": sizes[name], **_quant(layer.quant)},
        "weight": _weight(layer),
        "seen": seen,
        "agreement": agreement,
        "advice": advice.lines(name, layer.quant is not None, layer.weight is not None, seen, agreement),
    }


def usage(values: Array, quant: Quant | None) -> dict[str, Any]:
    """How much of its range a tensor uses; of integers also the share at either end."""
    if values.dtype == np.uint8:
        values = (values.astype(np.int16) + LEAST).astype(np.int8)
    least, greatest = float(values.min()), float(values.max())
    if quant is None or values.dtype != np.int8:
        return {"least": least, "greatest": greatest, "mean": float(values.mean(dtype=np.float64))}
    ends = {"at_least": float(np.mean(values == LEAST)), "at_greatest": float(np.mean(values == MOST))}
    # where zero is the least number, values there are what an activation cut off, not what did not fit
    cut = quant.zero_point == LEAST
    return {
        "least": (least - quant.zero_point) * quant.scale,
        "greatest": (greatest - quant.zero_point) * quant.scale,
        "steps_used": (greatest - least + 1) / (MOST - LEAST + 1),
        **ends,
        "saturating": ends["at_greatest"] + (0.0 if cut else ends["at_least"]),
    }


def _in_network(name: str, network: Network) -> Layer:
    if name not in network.graph.by_name:
        raise _unknown(name, network.name, network.graph.by_name)
    node = network.graph[name]
    conv = node.operator if isinstance(node.operator, Conv) else None
    return Layer(
        name,
        node,
        network.graph,
        node.quant,
        None if conv is None else conv.weight,
        None if conv is None else conv.scales,
        network.graph.quantized and network.graph.computes_in_float(node),
    )


def _in_artifact(name: str, file: Artifact) -> Layer:
    contents = file.contents
    found = beside.look(file.path, file.sha256).report
    reported = {} if found is None else {one["layer"]: one for one in found["parity"].get("layers", ())}
    known = {**contents.weights, **contents.quants, **dict.fromkeys(contents.floats), **reported}
    if name not in known:
        raise _unknown(name, str(file.path), known)
    graph = _embedded(name, file)
    return Layer(
        name,
        None if graph is None else graph[name],
        graph,
        contents.quants.get(name),
        contents.weights.get(name),
        contents.scales.get(name),
        name in contents.floats,
    )


def _embedded(name: str, file: Artifact) -> Graph | None:
    """The embedded network, where the file has this layer of it: it tells the operator and what it takes."""
    contents = file.contents
    if not contents.quants:
        return None
    content = graph_file.load(source.embedded_quantized())
    if content.info.checkpoint_sha256 != contents.info.checkpoint_sha256 or name not in content.graph.by_name:
        return None
    node = content.graph[name]
    same = node.quant == contents.quants.get(name) and all(
        content.graph[taken].quant == contents.quants.get(taken) for taken in node.inputs
    )
    return content.graph if same else None


def _unknown(name: str, where: str, known: Iterable[str]) -> UsageError:
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    meant = f"Did you mean {' or '.join(near)}?" if near else f"It has: {', '.join(names)}."
    return UsageError(f"{where} has no layer called {name!r}.", meant)


def _size(subject: Artifact | Network, wishes: Wishes) -> Size:
    if isinstance(subject, Artifact):
        return borders.extent(subject.contents.input)
    size = wishes.size or subject.info.size or DEFAULT_SIZE
    shapes.resolve(subject.graph, size)
    return size


def _tapped(subject: Artifact | Network, pixels: Array, taps: Sequence[str]) -> Mapping[str, Array]:
    if isinstance(subject, Network):
        form: InputForm = "image" if subject.graph.input.name == "image" else "tensor"
        return reference.run(subject.graph, feed(pixels, form, subject.info.preprocessing), taps)
    contents = subject.contents
    form = borders.input_form(subject.path, contents.input)
    given = borders.quantized(feed(pixels, form, contents.info.preprocessing), contents.input)
    # the first of its gates computes every layer as it is written
    runner = subject.format.room("run").load(subject.path, threads=THREADS, **subject.format.gates[0])
    found: Mapping[str, Array] = runner.run(given, taps)
    return found


def _agreement(name: str, subject: Artifact | Network) -> Mapping[str, Any] | None:
    """How the layer did against the oracle when the file was exported."""
    if isinstance(subject, Network):
        return None
    report = beside.look(subject.path, subject.sha256).report
    layers = [] if report is None else report["parity"].get("layers", [])
    return next((one for one in layers if one["layer"] == name), None)


def _operator(layer: Layer) -> dict[str, Any]:
    if layer.node is None:
        return {"kind": "conv" if layer.weight is not None else None}
    operator = layer.node.operator
    found: dict[str, Any] = {"kind": NAMES[type(operator)]}
    if isinstance(operator, Conv):
        found |= {
            "kernel": list(operator.kernel),
            "stride": list(operator.stride),
            "dilation": list(operator.dilation),
            "groups": operator.groups,
            "depthwise": operator.depthwise,
            "activation": operator.activation,
        }
    return found


def _quant_of(layer: Layer, name: str) -> Quant | None:
    return None if layer.graph is None else layer.graph[name].quant


def _quant(quant: Quant | None) -> dict[str, Any]:
    if quant is None:
        return {"scale": None, "zero_point": None, "range": None}
    low, high = ((end - quant.zero_point) * quant.scale for end in (LEAST, MOST))
    return {"scale": quant.scale, "zero_point": quant.zero_point, "range": [low, high]}


def _weight(layer: Layer) -> dict[str, Any] | None:
    if layer.weight is None:
        return None
    found: dict[str, Any] = {"shape": list(layer.weight.shape), "dtype": layer.weight.dtype.name}
    if layer.weight.dtype != np.int8:
        return {**found, "least": float(layer.weight.min()), "greatest": float(layer.weight.max())}
    largest = np.abs(layer.weight.astype(np.int16)).reshape(len(layer.weight), -1).max(axis=1)
    scales = layer.scales
    return {
        **found,
        "scales": None if scales is None else [float(scales.min()), float(scales.max())],
        "channels_at_127": float(np.mean(largest == MOST)),
        "zeros": float(np.mean(layer.weight == 0)),
    }
