"""Names that MIL accepts, as near to the checkpoint's as it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RESERVED = frozenset(
    """any bool program func tensor list dict tuple true false string state bf16 fp16 fp32 fp64
    int8 int16 int32 int64 uint8 uint16 uint32 uint64""".split()  # noqa: SIM905
)
"""Words of the MIL language."""


def legal(name: str) -> str:
    """Letters, digits and underscores, no digit first: `a.0.conv` is `a_0_conv`."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{name}" if not name or name[0].isdigit() or name in RESERVED else name


@dataclass
class Names:
    """Legal names that were given out; each is given once."""

    taken: set[str] = field(default_factory=set)

    def take(self, wanted: str) -> str:
        first = name = legal(wanted)
        count = 1
        while name in self.taken:
            count += 1
            name = f"{first}_{count}"
        self.taken.add(name)
        return name
