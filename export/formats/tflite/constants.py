"""Constants that are no numbers of the network: they follow from the sizes, and are computed again here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.bins import members, shares
from export.formats.tflite.parse import Operation, Parsed, Stored
from export.formats.tflite.quantization import Quantization
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Pair
from fastscnn.graph.integers import bias_scales

BINS, ZERO = "bins", "zero"
"""What a pool calls the weight and the bias of the convolution that it is spelled as."""


def check(parsed: Parsed) -> None:
    """ArtifactError where a pool's matrix is not that of its bins."""
    walk = _Walk(parsed)
    for operation in parsed.operations:
        if operation.name == "CONV_2D" and parsed.tensors[operation.inputs[1]].part == BINS:
            _check_pool(walk, operation)


@dataclass(frozen=True, eq=False)
class _Walk:
    """From a tensor to those before and behind it."""

    parsed: Parsed

    def before(self, index: int, *names: str) -> int:
        """What the operations of these names, the last first, made a tensor of."""
        for name in names:
            (maker,) = (o for o in self.parsed.operations if o.outputs[0] == index and o.name == name)
            index = maker.inputs[0]
        return index

    def behind(self, index: int, *names: str) -> int:
        for name in names:
            (taker,) = (o for o in self.parsed.operations if o.inputs[0] == index and o.name == name)
            index = taker.outputs[0]
        return index

    def size(self, index: int) -> Pair:
        _, height, width, _ = self.parsed.tensors[index].shape
        return height, width


def _check_pool(walk: _Walk, operation: Operation) -> None:
    """A 1x1 convolution from cells to bins: the maps around it say which cells are in which bin."""
    cells, weight, bias = (walk.parsed.tensors[index] for index in operation.inputs)
    size = walk.size(walk.before(operation.inputs[0], "TRANSPOSE", "RESHAPE"))
    bins = walk.size(walk.behind(operation.outputs[0], "TRANSPOSE", "RESHAPE"))
    matrix = members(size, bins)
    part = shares(matrix)
    none = schema.ActivationFunctionType.NONE
    _demand(operation.options.FusedActivationFunction() == none, weight)
    _demand(bias.part == ZERO and bias.value is not None and not np.any(bias.value), bias)
    held = np.zeros(0) if weight.value is None else weight.value[:, 0, 0]
    if cells.quantization is None:
        _demand(np.array_equal(held, matrix * part[:, None]), weight)
        return
    kept = walk.parsed.tensors[operation.outputs[0]].quantization
    _demand(cells.quantization.same(kept), walk.parsed.tensors[operation.outputs[0]])
    _demand(np.array_equal(held, matrix), weight)
    _demand(Quantization.of_channels(part).same(weight.quantization), weight)
    products = bias_scales(part, cells.quantization.quant(cells.dtype))
    _demand(Quantization.of_channels(products).same(bias.quantization), bias)


def _demand(right: bool, stored: Stored) -> None:
    if not right:
        raise ArtifactError(f"it is damaged: {stored.name} does not hold what the sizes around it say.")
