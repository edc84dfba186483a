"""The numbers of an ONNX file's convolutions, with the scales of those that are integers."""

from __future__ import annotations

from dataclasses import dataclass, field

from onnx import NodeProto

from export.formats.onnx.wiring import DEQUANTIZE, Wiring
from fastscnn.graph.graph import Array


@dataclass(frozen=True, eq=False)
class Numbers:
    """By node name, as they are stored."""

    weights: dict[str, Array] = field(default_factory=dict)
    biases: dict[str, Array] = field(default_factory=dict)
    scales: dict[str, Array] = field(default_factory=dict)
    bias_scales: dict[str, Array] = field(default_factory=dict)


def convolutions(wiring: Wiring) -> Numbers:
    numbers = Numbers()
    for node in wiring.of("Conv"):
        _take(wiring, node, 1, numbers.weights, numbers.scales)
        _take(wiring, node, 2, numbers.biases, numbers.bias_scales)
    return numbers


def _take(
    wiring: Wiring, conv: NodeProto, place: int, arrays: dict[str, Array], scales: dict[str, Array]
) -> None:
    """A stored input of a convolution, as it is or behind a DequantizeLinear."""
    name = conv.input[place] if place < len(conv.input) else ""
    if wiring.gives(name, DEQUANTIZE):
        dequantize = wiring.givers[name]
        name = dequantize.input[0]
        scale = _per_channel(wiring, dequantize)
        if scale is not None:
            scales[conv.name] = scale
    if name in wiring.arrays:
        arrays[conv.name] = wiring.arrays[name]


def _per_channel(wiring: Wiring, dequantize: NodeProto) -> Array | None:
    """A scale for each output channel; none where anything else is stated, such as a zero point but 0."""
    stated = wiring.stated(dequantize)
    axis = next((attribute.i for attribute in dequantize.attribute if attribute.name == "axis"), 1)
    if stated is None or axis != 0 or stated[1].any():
        return None
    return stated[0]
