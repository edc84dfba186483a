"""One node of the Graph while it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from export.formats.coreml.names import Names
from export.formats.coreml.toolbox import Builder
from fastscnn.graph.graph import Array, Node, Quant
from fastscnn.graph.shapes import Shape

Var: TypeAlias = Any
"""coremltools' symbolic tensor."""
UNROUNDED = "unrounded"
"""What a quantized node's operation gives, before it becomes int8 and takes the node's name."""


@dataclass
class Layer:
    """Its sizes, its precision, and what it became."""

    node: Node
    shape: Shape
    sources: tuple[Shape, ...]
    """Shapes of its inputs."""
    quants: tuple[Quant | None, ...]
    """Of its inputs."""
    dtype: Any
    names: Names
    written: list[Var] = field(default_factory=list)

    def emit(self, kind: str, part: str = "", **inputs: Any) -> Var:
        """One MIL operation, called as the node is, or as a part of it."""
        if not part and self.node.quant is not None and kind != "quantize":
            part = UNROUNDED
        name = self.names.take(f"{self.node.name}.{part}" if part else self.node.name)
        var = getattr(Builder, kind)(name=name, **inputs)
        self.written.append(var)
        return var

    def constant(self, value: Array) -> Array:
        """A constant in the program's precision."""
        return np.ascontiguousarray(value, self.dtype)
