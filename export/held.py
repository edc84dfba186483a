"""How much of a file is in integers: counted from what was read back, not from what was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from export.formats.base import Contents


def held(contents: Contents) -> dict[str, Any]:
    """Convolutions by the type of their weights, quantized maps, and the layers that compute in float."""
    kinds = [weight.dtype for weight in contents.weights.values()]
    return {
        "convolutions": len(kinds),
        "int8_convolutions": sum(kind == np.int8 for kind in kinds),
        "int8_tensors": len(contents.quants),
        "float_layers": sorted(contents.floats),
    }
