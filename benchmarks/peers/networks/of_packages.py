"""The operators of a Core ML package, and how many of them do not end in integers."""

from __future__ import annotations

from collections import Counter
from typing import Any

STORING = ("const", "constexpr_affine_dequantize", "constexpr_blockwise_shift_scale")
CROSSINGS = ("quantize", "dequantize")


def counted(package: Any) -> dict[str, Any]:
    """An operator computes in integers where all that reads its result is `quantize`: Core ML fuses these."""
    main = package.get_spec().mlProgram.functions["main"]
    (block,) = main.block_specializations.values()
    readers: dict[str, set[str]] = {}
    for operation in block.operations:
        for argument in operation.inputs.values():
            for binding in argument.arguments:
                readers.setdefault(binding.name, set()).add(operation.type)
    computing = [one for one in block.operations if one.type not in (*STORING, *CROSSINGS)]
    in_float = [one for one in computing if any(readers.get(out.name) != {"quantize"} for out in one.outputs)]
    return {
        "operators": len(computing),
        "kinds": dict(sorted(Counter(one.type for one in computing).items())),
        "in_float": len(in_float),
    }
