"""The numbers of a program's convolutions, as they are stored and as they were decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from export.formats.coreml.affine import constexpr_affine_dequantize
from export.formats.coreml.nodes import WEIGHTS, Nodes
from export.formats.coreml.program import Constant, MilProgram, Operation
from fastscnn.graph.graph import Array, Quant
from fastscnn.graph.integers import HIGHEST_BIAS, bias_scales, float_bias


@dataclass(frozen=True)
class Convolutions:
    """By node; base.Contents says what each is."""

    weights: dict[str, Array] = field(default_factory=dict)
    biases: dict[str, Array] = field(default_factory=dict)
    scales: dict[str, Array] = field(default_factory=dict)
    bias_scales: dict[str, Array] = field(default_factory=dict)


def convolutions(program: MilProgram, nodes: Nodes) -> Convolutions:
    found = Convolutions()
    floats = nodes.floats()
    for operation in program.operations:
        if operation.kind != "conv":
            continue
        node = nodes.of(operation.result)
        weight, scales = _weight(program, nodes, operation)
        bias = _array(program, operation, "bias")
        found.weights[node], found.biases[node] = weight, bias
        if scales is None:
            continue
        found.scales[node] = scales
        source = _source(nodes, operation)
        if node not in floats and source is not None:
            found.bias_scales[node] = units = bias_scales(scales, source)
            found.biases[node] = integer_bias(bias, units)
    return found


def integer_bias(bias: Array, units: Array) -> Array:
    """The int32 numbers whose products with their units these are; unchanged where they are no such products.

    Rounding to float32 moved a product by less than half a unit, so that the nearest integer is the one.
    """
    if bias.shape != units.shape or bias.dtype != np.float32:
        return bias
    with np.errstate(all="ignore"):
        steps = np.rint(bias / units.astype(np.float64))
        whole = (np.abs(steps) <= HIGHEST_BIAS).all() and np.array_equal(float_bias(steps, units), bias)
    return steps.astype(np.int32) if whole else bias


def _source(nodes: Nodes, convolution: Operation) -> Quant | None:
    """What the int8 numbers that it computes with stand for."""
    (x,) = convolution.inputs.get("x", ("",))
    giver = nodes.givers.get(x)
    return nodes.quant(giver) if giver is not None and giver.kind == "dequantize" else None


def _weight(program: MilProgram, nodes: Nodes, convolution: Operation) -> tuple[Array, Array | None]:
    """Stored weights, with their scales if they are symmetric int8, one scale an output channel.

    Quantized in any other way they are given as the floats that they come to.
    """
    giver = nodes.givers.get(next(iter(convolution.inputs.get("weight", ())), ""))
    if giver is None or giver.kind != WEIGHTS:
        return _array(program, convolution, "weight"), None
    numbers, scales = (_array(program, giver, key) for key in ("quantized_data", "scale"))
    zero_point, axis = (_value(program, giver, key) for key in ("zero_point", "axis"))
    if (
        numbers.dtype == np.int8
        and (scales.dtype, scales.shape) == (np.float32, numbers.shape[:1])
        and np.array_equal(zero_point, 0)
        and axis == 0
    ):
        return numbers, scales
    try:
        return constexpr_affine_dequantize(numbers, zero_point, scales, axis), None  # type: ignore[arg-type]
    except (ValueError, TypeError, IndexError) as problem:
        raise program.refused(f"its weights {giver.result!r} cannot be computed: {problem}") from problem


def _array(program: MilProgram, operation: Operation, key: str) -> Array:
    value = _value(program, operation, key)
    if isinstance(value, str | bool | int | float):
        raise program.refused(f"its operation {operation.result!r} has no constant {key}")
    return value


def _value(program: MilProgram, operation: Operation, key: str) -> Constant:
    names = operation.inputs.get(key, ())
    value = program.constants.get(names[0]) if len(names) == 1 else None
    if value is None:
        raise program.refused(f"its operation {operation.result!r} has no constant {key}")
    return value
