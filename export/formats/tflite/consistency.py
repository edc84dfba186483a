"""Whether a parsed file's operations and shapes fit together.

A runtime computes shapes for itself, so one damaged number can make it ask for all of a machine's memory:
only files that hold what they declare may reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.parse import Operation, Parsed, Stored
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Pair

Shape = tuple[int, ...]


def check(parsed: Parsed) -> None:
    """Every tensor is given once, before it is taken, and measures what its operation gives."""
    count = len(parsed.tensors)
    names = {stored.tensor.name for stored in parsed.tensors}
    if len(names) != count:
        raise ArtifactError("it is damaged: two tensors have one name.")
    given = {index for index, stored in enumerate(parsed.tensors) if stored.value is not None}
    given.add(parsed.input)
    for operation in parsed.operations:
        outputs = set(operation.outputs)
        if not given.issuperset(operation.inputs) or given & outputs or not outputs <= set(range(count)):
            raise ArtifactError(f"it is damaged: {operation.name} takes or gives what it cannot.")
        given |= outputs
        _check_shape(operation, parsed.tensors)
    if parsed.output not in given or not 0 <= parsed.input < count:
        raise ArtifactError("it is damaged: nothing in it gives its output.")


def _check_shape(operation: Operation, tensors: Sequence[Stored]) -> None:
    rule = RULES.get(operation.name)
    if rule is None or len(operation.outputs) != 1:
        raise ArtifactError(f"it holds {operation.name}, which fastscnn-export does not write so.")
    inputs = [tensors[index] for index in operation.inputs]
    output = tensors[operation.outputs[0]]
    if rule(operation.options, *inputs) != output.shape:
        raise ArtifactError(f"it is damaged: {output.tensor.name} cannot be {output.shape}.")


def _conv(options: Any, x: Stored, weight: Stored, bias: Stored) -> Shape:
    out, height, width, channels = weight.shape
    _demand(x.shape[3] % channels == 0 and bias.shape == (out,), weight)
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    return (1, *_cells(options, x, (height, width), dilation), out)


def _depthwise(options: Any, x: Stored, weight: Stored, bias: Stored) -> Shape:
    _, height, width, out = weight.shape
    _demand(out == x.shape[3] * options.DepthMultiplier() and bias.shape == (out,), weight)
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    return (1, *_cells(options, x, (height, width), dilation), out)


def _pool(options: Any, x: Stored) -> Shape:
    return (1, *_cells(options, x, (options.FilterHeight(), options.FilterWidth()), (1, 1)), x.shape[3])


def _cells(options: Any, x: Stored, kernel: Pair, dilation: Pair) -> Pair:
    same = options.Padding() == schema.Padding.SAME
    strides = (options.StrideH(), options.StrideW())
    _demand(x.shape[0] == 1 and min(*strides, *kernel, *dilation) > 0, x)
    rows, columns = (
        -(-n // stride) if same else (n - d * (k - 1) - 1) // stride + 1
        for n, k, stride, d in zip(x.shape[1:3], kernel, strides, dilation, strict=True)
    )
    return rows, columns


def _elementwise(options: Any, x: Stored, y: Stored) -> Shape:
    return np.broadcast_shapes(x.shape, y.shape)


def _alike(options: Any, x: Stored) -> Shape:
    return x.shape


def _concat(options: Any, *sources: Stored) -> Shape:
    axis = options.Axis()
    around = {(*source.shape[:axis], *source.shape[axis + 1 :]) for source in sources}
    _demand(len(around) == 1 and 0 <= axis < len(sources[0].shape), sources[0])
    total = sum(source.shape[axis] for source in sources)
    return (*sources[0].shape[:axis], total, *sources[0].shape[axis + 1 :])


def _resize(options: Any, x: Stored, size: Stored) -> Shape:
    height, width = _numbers(size)
    return (x.shape[0], height, width, x.shape[3])


def _pad(options: Any, x: Stored, amounts: Stored) -> Shape:
    numbers = _numbers(amounts)
    _demand(len(numbers) == 2 * len(x.shape) and min(numbers) >= 0, amounts)
    return tuple(n + numbers[2 * i] + numbers[2 * i + 1] for i, n in enumerate(x.shape))


def _reshape(options: Any, x: Stored, shape: Stored) -> Shape:
    numbers = _numbers(shape)
    _demand(prod(numbers) == prod(x.shape), shape)
    return numbers


def _transpose(options: Any, x: Stored, order: Stored) -> Shape:
    numbers = _numbers(order)
    _demand(numbers == (0, 1, 3, 2), order)
    return tuple(x.shape[axis] for axis in numbers)


def _argmax(options: Any, x: Stored, axis: Stored) -> Shape:
    _demand(_numbers(axis) == (3,), axis)
    return x.shape[:3]


def _numbers(constant: Stored) -> Shape:
    if constant.value is None:
        raise ArtifactError(f"it is damaged: {constant.tensor.name} is no constant.")
    return tuple(int(number) for number in constant.value.ravel())


def _demand(fits: bool, stored: Stored) -> None:
    if not fits:
        raise ArtifactError(f"it is damaged: {stored.tensor.name} does not fit what reads it.")


RULES: dict[str, Callable[..., Shape]] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
    "ADD": _elementwise,
    "RELU": _alike,
    "RELU6": _alike,
    "QUANTIZE": _alike,
    "DEQUANTIZE": _alike,
    "CONCATENATION": _concat,
    "RESIZE_BILINEAR": _resize,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "TRANSPOSE": _transpose,
    "ARG_MAX": _argmax,
}
"""What each operation gives, from what it takes. A new operator needs its rule here too."""
