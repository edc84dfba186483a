"""A .tflite file on disk to what it really holds."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from export.formats.base import Contents
from export.formats.tflite.consistency import check
from export.formats.tflite.parse import Operation, Stored, parse
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array

REMEDY = "Export it again with fastscnn-export."
CONVOLUTIONS = {"CONV_2D": (0, 3, 1, 2), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
"""The axes that make (out, in / groups, height, width) of a stored weight."""
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
        return Path(path).read_bytes()
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
    check(parsed)
    weights, biases = _parameters(parsed.tensors, parsed.operations)
    return Contents(
        input=parsed.tensors[parsed.input].tensor,
        output=parsed.tensors[parsed.output].tensor,
        info=parsed.info,
        operators=dict(sorted(Counter(operation.name for operation in parsed.operations).items())),
        weights=weights,
        biases=biases,
    )


def _parameters(
    tensors: Sequence[Stored], operations: Sequence[Operation]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Weights and biases of the network's convolutions, not of those that stand for another operator."""
    halves = {o.outputs[0]: o.inputs[0] for o in operations if o.name == "DEQUANTIZE"}
    weights: dict[str, Array] = {}
    biases: dict[str, Array] = {}
    for operation in operations:
        if operation.name not in CONVOLUTIONS:
            continue
        name = tensors[operation.outputs[0]].tensor.name
        weight, bias = (tensors[halves.get(index, index)] for index in operation.inputs[1:])
        if weight.tensor.name != f"{name}/weight":
            continue
        if weight.value is None or bias.value is None:
            raise ArtifactError(f"it is damaged: {name} has no weight or no bias.")
        weights[name] = weight.value.transpose(CONVOLUTIONS[operation.name])
        biases[name] = bias.value
    return weights, biases
