"""The numbers of an ONNX file's convolutions: weights, biases and borders, and the scales of integers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from onnx import NodeProto

from export.formats.onnx.storage import BYTE, SIGNED, shift
from export.formats.onnx.wiring import DEQUANTIZE, Wiring
from fastscnn.graph.graph import Array


@dataclass(frozen=True, eq=False)
class Numbers:
    """By node name, as they are stored."""

    weights: dict[str, Array] = field(default_factory=dict)
    biases: dict[str, Array] = field(default_factory=dict)
    scales: dict[str, Array] = field(default_factory=dict)
    bias_scales: dict[str, Array] = field(default_factory=dict)
    borders: dict[str, Array] = field(default_factory=dict)
    """Integers as the Graph has them."""


def convolutions(wiring: Wiring) -> Numbers:
    numbers = Numbers()
    for node in wiring.of("Conv"):
        _take(wiring, node, 1, numbers.weights, numbers.scales)
        _take(wiring, node, 2, numbers.biases, numbers.bias_scales)
        pixels = _border(wiring, node)
        if len(pixels):
            numbers.borders[node.name] = pixels[0] if len(pixels) == 1 else pixels
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


def _border(wiring: Wiring, conv: NodeProto) -> Array:
    """The different pixels in the constants around a convolution's input: one, if it is a border of ours."""
    name = conv.input[0]
    if wiring.gives(name, DEQUANTIZE):
        name = wiring.givers[name].input[0]
    around = [
        wiring.arrays[part]
        for moved in wiring.way(name)[:-1]
        for part in wiring.givers[moved].input
        if part in wiring.arrays and wiring.arrays[part].ndim == 4
    ]
    if not around or len({strip.shape[1] for strip in around}) > 1:
        return np.empty((0, 0))
    pixels = np.concatenate([strip[0].reshape(strip.shape[1], -1) for strip in around], axis=1)
    found: Array = np.unique(pixels.T, axis=0)
    if found.dtype == BYTE:
        return (found.astype(np.int16) - shift(BYTE)).astype(SIGNED)
    return found
