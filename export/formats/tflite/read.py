"""A .tflite file on disk to what it really holds."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.formats.base import Contents
from export.formats.tflite import consistency, constants, kinds
from export.formats.tflite.parse import Operation, Parsed, Stored, parse
from fastscnn import bounded
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array, Quant

REMEDY = "Export it again with fastscnn-export."
CONVOLUTIONS = {"CONV_2D": (0, 3, 1, 2), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
"""The axes that make (out, in / groups, height, width) of a stored weight."""
BORDER = "border/"
"""What the parts of a convolution are called that lie around its input."""
CROSSINGS = {"QUANTIZE", "DEQUANTIZE"}
MOVING = {"CONCATENATION", "PAD", "RESHAPE", "TRANSPOSE"}
"""Operations that only bring a map into the form in which its reader takes it."""
BROKEN = (
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
)
"""What bytes raise that do not mean what they should."""


def read(path: str | Path) -> Contents:
    """The audit of one file; ArtifactError where it is not a whole file of ours."""
    return audited(path, file_bytes(path))


def file_bytes(path: str | Path) -> bytes:
    try:
        return bounded.read(Path(path), bounded.NETWORK)
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a .tflite file."
        ) from error


def audited(path: str | Path, data: bytes) -> Contents:
    """The audit of bytes that were read from `path`."""
    try:
        return _contents(data)
    except ArtifactError as error:
        raise ArtifactError(f"{path} cannot be used: {error.message}", REMEDY) from None
    except BROKEN as error:
        raise ArtifactError(f"{path} is damaged: its parts are not where it says.", REMEDY) from error


def _contents(data: bytes) -> Contents:
    parsed = parse(data)
    consistency.check(parsed)
    kinds.check(parsed)
    constants.check(parsed)
    held = [*_convolutions(parsed.tensors, parsed.operations)]
    return Contents(
        input=parsed.tensors[parsed.input].tensor,
        output=parsed.tensors[parsed.output].tensor,
        info=parsed.info,
        operators=dict(sorted(Counter(operation.name for operation in parsed.operations).items())),
        weights={one.name: _value(one.weight).transpose(one.axes) for one in held},
        biases={one.name: _value(one.bias) for one in held},
        scales={one.name: one.weight.quantization.scales for one in held if one.weight.quantization},
        bias_scales={one.name: one.bias.quantization.scales for one in held if one.bias.quantization},
        borders=_borders(parsed.tensors),
        quants=_quants(parsed),
        floats=frozenset(_floats(parsed)),
        version=parsed.version,
    )


@dataclass(frozen=True, eq=False)
class _Convolution:
    name: str
    weight: Stored
    bias: Stored
    axes: tuple[int, ...]


def _convolutions(tensors: Sequence[Stored], operations: Sequence[Operation]) -> Iterator[_Convolution]:
    """The network's, not those that stand for another operator."""
    halves = {o.outputs[0]: o.inputs[0] for o in operations if o.name == "DEQUANTIZE"}
    for operation in operations:
        if operation.name not in CONVOLUTIONS:
            continue
        name = tensors[operation.outputs[0]].name
        weight, bias = (tensors[halves.get(index, index)] for index in operation.inputs[1:])
        if weight.name == f"{name}/weight":
            yield _Convolution(name, weight, bias, CONVOLUTIONS[operation.name])


def _value(stored: Stored) -> Array:
    if stored.value is None:
        raise ArtifactError(f"it is damaged: {stored.name} is no constant.")
    return stored.value


def _borders(tensors: Sequence[Stored]) -> dict[str, Array]:
    """One number a channel, the same at every cell of every side."""
    borders: dict[str, Array] = {}
    for stored in tensors:
        if stored.value is not None and stored.part.startswith(BORDER):
            number = borders.setdefault(stored.owner, stored.value[0, 0, 0])
            if stored.value.shape[3:] != number.shape or not np.all(stored.value == number):
                raise ArtifactError(f"it is damaged: {stored.name} is no border of one number a channel.")
    return borders


def _quants(parsed: Parsed) -> dict[str, Quant]:
    """Of the network's own tensors. What the network reads of bytes must be the numbers that they are."""
    quants = {
        stored.name: stored.quantization.quant(stored.dtype)
        for stored in parsed.tensors
        if stored.value is None and stored.quantization is not None and not stored.part
    }
    source = parsed.tensors[parsed.input]
    entered = [stored for stored in parsed.tensors if stored.name == f"{source.name}/int8"]
    for stored in entered:
        if stored.quantization is None or stored.quantization.quant(stored.dtype) != quants.get(source.name):
            raise ArtifactError(f"it is damaged: {stored.name} are not the numbers of {source.name}.")
    return quants


def _floats(parsed: Parsed) -> Iterator[str]:
    """Nodes that compute in float, or that cross between float and int8 inside themselves."""
    entry = parsed.tensors[parsed.input].name
    for operation in parsed.operations:
        source, result = parsed.tensors[operation.inputs[0]], parsed.tensors[operation.outputs[0]]
        if operation.name in CROSSINGS:
            within = (
                result.part
                and source.value is None
                and result.name not in (f"{entry}/float32", f"{entry}/int8")
            )
        else:
            within = result.dtype == "float32" and not (result.part and operation.name in MOVING)
        if within:
            yield result.owner
