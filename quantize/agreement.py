"""The proof of a fine-tuned network: fake-quantized, torch's reference and the oracle, layer by layer on the
same inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from fastscnn.errors import GateError
from fastscnn.graph import reference as oracle
from fastscnn.graph.graph import Array, Conv, Graph, Quant
from fastscnn.graph.integers import bias_scales
from quantize import taps
from quantize.torch_ao import Prepared, Reference
from quantize.torch_graph import with_parameters
from quantize.weights import integer_bias, scale_floor, weight_scales


@dataclass(frozen=True)
class Layer:
    """How one layer's results compare with those of the fake-quantized network."""

    name: str
    values: int
    reference: int
    """Values that torch's reference rounds otherwise."""
    oracle: int
    """Values that the oracle rounds otherwise."""
    steps: int
    """The greatest distance, in steps of the tensor's scale."""


def on_grid(graph: Graph, quants: Mapping[str, Quant], highest: int, floats: Collection[str] = ()) -> Graph:
    """The float Graph with every bias where its int32 number puts it."""
    parameters = {}
    for node, conv in graph.of(Conv):
        if node.name not in floats:
            source = quants[node.inputs[0]]
            scales = weight_scales(conv.weight, scale_floor(conv.bias, source), highest)
            steps = integer_bias(conv.bias, scales, source).astype(np.float64)
            parameters[node.name] = (conv.weight, (steps * bias_scales(scales, source)).astype(np.float32))
    return with_parameters(graph, parameters)


def compare(prepared: Prepared, reference: Reference, quantized: Graph, x: Tensor) -> list[Layer]:
    """Each quantized layer of the three, fed with what the fake-quantized network gives for a picture."""
    given = taps.trained(prepared, x)
    theirs = taps.referenced(reference, x, given)
    layers = []
    for node in quantized.nodes[1:]:
        if node.name not in theirs or any(name not in given for name in node.inputs):
            continue
        ours = oracle.step(quantized, node.name, [given[name] for name in node.inputs])
        away = [_steps(one, given[node.name]) for one in (theirs[node.name], ours)]
        apart = [int(np.count_nonzero(steps)) for steps in away]
        most = max(int(steps.max()) for steps in away)
        layers.append(Layer(node.name, ours.size, apart[0], apart[1], most))
    return layers


def figures(layers: Collection[Layer]) -> dict[str, Any]:
    """What a record keeps; GateError where a layer is more than a step away: then the proof has failed."""
    worst = max(layers, key=lambda layer: layer.steps, default=None)
    if worst is not None and worst.steps > 1:
        raise GateError(
            f"The fine-tuned network is not the one that was trained: {worst.name} gives values"
            f" {worst.steps} steps away on the same inputs.",
            "Nothing was written. Please report this with the checkpoint's layout.",
        )
    return {
        "layers": len(layers),
        "values": sum(layer.values for layer in layers),
        "reference_a_step_apart": sum(layer.reference for layer in layers),
        "oracle_a_step_apart": sum(layer.oracle for layer in layers),
        "greatest_steps": worst.steps if worst is not None else 0,
    }


def _steps(one: Array, two: Array) -> Array:
    away: Array = np.abs(one.astype(np.int16) - two)
    return away
