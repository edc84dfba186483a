"""Which kinds of numbers an operation takes and gives: types, scales and zero points that fit together.

Numbers of the network itself (a layer's scales, its bias) are whatever they are: the audit compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from export.formats.tflite.parse import Operation, Parsed, Stored
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array

INDICES = {"RESIZE_BILINEAR", "PAD", "RESHAPE", "TRANSPOSE", "ARG_MAX"}
"""Operations whose second input says where, not what."""
FLOAT, INT8 = "float32", "int8"
LARGEST_FACTOR = 2.0**8
"""Of a convolution's accumulator to its output: XNNPACK takes less, and others end the process over more."""
ADDED = (2.0**-10, 2.0**8)
"""The same of an addition's inputs to its output, the second excluded."""


def check(parsed: Parsed) -> None:
    """ArtifactError where one operation mixes kinds that it cannot, or an integer stands for nothing."""
    for operation in parsed.operations:
        inputs = [parsed.tensors[index] for index in operation.inputs]
        output = parsed.tensors[operation.outputs[0]]
        if operation.name in INDICES and inputs.pop().dtype != "int32":
            raise _misfit(operation, output)
        if not RULES[operation.name](inputs, output):
            raise _misfit(operation, output)


def _misfit(operation: Operation, output: Stored) -> ArtifactError:
    return ArtifactError(
        f"it is damaged: {output.name} comes from a {operation.name} whose types, scales or zero points"
        " do not fit together."
    )


def _alike(types: tuple[str, ...], inputs: Sequence[Stored], output: Stored) -> bool:
    """All of one type."""
    return output.dtype in types and all(source.dtype == output.dtype for source in inputs)


def _kept(inputs: Sequence[Stored], output: Stored) -> bool:
    """All of one type and quantization."""
    return _alike((FLOAT, INT8), inputs, output) and all(
        source.quantization is None
        if output.quantization is None
        else output.quantization.same(source.quantization)
        for source in inputs
    )


def _convolved(dimension: int, inputs: Sequence[Stored], output: Stored) -> bool:
    """All in float, or int8 with a symmetric scale an output channel."""
    source, weight, bias = inputs
    if output.dtype == FLOAT:
        return _alike((FLOAT,), inputs, output)
    if (source.dtype, weight.dtype, bias.dtype, output.dtype) != (INT8, INT8, "int32", INT8):
        return False
    if not (_symmetric(weight, dimension) and _symmetric(bias, 0)):
        return False
    return bool(np.max(_scales(source) * _scales(weight) / _scales(output)) < LARGEST_FACTOR)


def _added(inputs: Sequence[Stored], output: Stored) -> bool:
    if output.dtype == FLOAT:
        return _alike((FLOAT,), inputs, output)
    if not _alike((INT8,), inputs, output):
        return False
    low, high = ADDED
    return all(low <= float(_scales(source)[0] / _scales(output)[0]) < high for source in inputs)


def _scales(stored: Stored) -> Array:
    """In float64, where no product or quotient of theirs overflows."""
    assert stored.quantization is not None
    return stored.quantization.scales.astype(np.float64)


def _symmetric(constant: Stored, dimension: int) -> bool:
    held = constant.quantization
    return (
        held is not None
        and held.dimension == dimension
        and len(held.scales) == constant.shape[dimension]
        and not np.any(held.zero_points)
    )


def _crossed(sources: tuple[str, ...], target: str, inputs: Sequence[Stored], output: Stored) -> bool:
    return output.dtype == target and all(source.dtype in sources for source in inputs)


RULES: dict[str, Callable[[Sequence[Stored], Stored], bool]] = {
    "CONV_2D": partial(_convolved, 0),
    "DEPTHWISE_CONV_2D": partial(_convolved, 3),
    "AVERAGE_POOL_2D": partial(_alike, (FLOAT,)),
    "MAX_POOL_2D": _kept,
    "ADD": _added,
    "RELU": partial(_alike, (FLOAT,)),
    "RELU6": partial(_alike, (FLOAT,)),
    "QUANTIZE": partial(_crossed, (FLOAT,), INT8),
    "DEQUANTIZE": partial(_crossed, ("float16", "uint8", INT8), FLOAT),
    "CONCATENATION": _kept,
    "RESIZE_BILINEAR": _kept,
    "PAD": _kept,
    "RESHAPE": _kept,
    "TRANSPOSE": _kept,
    "ARG_MAX": partial(_crossed, (FLOAT, INT8), "int32"),
}
"""Whether an operation's inputs (without indices) and output fit. A new operator needs its rule here too."""
