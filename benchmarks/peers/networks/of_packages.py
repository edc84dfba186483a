"""The operators of a Core ML package, and how many of them do not end in integers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

STORING = ("const", "constexpr_affine_dequantize", "constexpr_blockwise_shift_scale")
CROSSINGS = ("quantize", "dequantize")
FUSED = ("relu", "relu6", "clip")
"""Computed together with what they read."""
Readers = Mapping[str, Sequence[Any]]


def counted(package: Any) -> dict[str, Any]:
    """An operator computes in integers where all that reads its result is `quantize`: Core ML fuses these."""
    main = package.get_spec().mlProgram.functions["main"]
    (block,) = main.block_specializations.values()
    readers: dict[str, list[Any]] = {}
    for operation in block.operations:
        for argument in operation.inputs.values():
            for binding in argument.arguments:
                readers.setdefault(binding.name, []).append(operation)
    computing = [one for one in block.operations if one.type not in (*STORING, *CROSSINGS)]
    return {
        "operators": len(computing),
        "kinds": dict(sorted(Counter(one.type for one in computing).items())),
        "in_float": sum(not _ends_in_integers(one, readers) for one in computing),
    }


def _ends_in_integers(operation: Any, readers: Readers) -> bool:
    found = [reader for output in operation.outputs for reader in readers.get(output.name, ())]
    return bool(found) and all(
        reader.type == "quantize" or (reader.type in FUSED and _ends_in_integers(reader, readers))
        for reader in found
    )
