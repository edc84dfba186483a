"""What to do about a layer, as lines to paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SATURATING = 0.01
"""Share of values at an end of the range from which on pictures do not fit into it."""
UNUSED = 0.5
"""Share of the steps that pictures should use at least."""
QUANTIZE = "fastscnn-quantize CHECKPOINT --data PICTURES --out NAME.int8.safetensors"


def lines(
    layer: str,
    quantized: bool,
    convolution: bool,
    seen: Sequence[Mapping[str, Any]],
    agreement: Mapping[str, Any] | None,
) -> list[str]:
    """Nothing of a float layer; of an int8 one what its range says, and how to take it out."""
    if not quantized:
        return []
    said = []
    saturating = max((one.get("saturating", 0.0) for one in seen), default=0.0)
    used = max((one.get("steps_used", 1.0) for one in seen), default=1.0)
    if saturating > SATURATING:
        said.append(
            f"{saturating:.1%} of its values do not fit into its range: calibrate on pictures like these"
            f" ({QUANTIZE}), or widen it: a recipe with"
            f' {{"ranges_of": {{"{layer}": "minmax"}}}} (--recipe FILE)'
        )
    if used < UNUSED:
        said.append(
            f"these pictures use {used:.0%} of its 256 steps: calibrate on pictures like these ({QUANTIZE})"
        )
    if agreement is not None and agreement["unit"] == "steps" and agreement["differing"]:
        share = agreement["differing"] / agreement["values"]
        said.append(f"its runtime rounds {share:.3%} of its values otherwise, by one step: nothing to do")
    if convolution:
        said.append(f"to keep it in float: {QUANTIZE} --exclude {layer}")
        said.append("which layers are worth it: add --sensitivity")
    return said
