"""The Graph's nodes, found again in a program: what their int8 numbers stand for, which compute in float."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from export.formats.coreml.program import MilProgram, Operation
from fastscnn.graph.graph import Quant

CROSSINGS = frozenset(("quantize", "dequantize"))
WEIGHTS = "constexpr_affine_dequantize"
ENTERING = frozenset(("cast", "pad"))
"""What the input may go through: to half precision, to a fourth channel."""


class Nodes:
    """What a program says of them. An operation that belongs to none stands for itself, by its own name."""

    def __init__(self, program: MilProgram) -> None:
        self.program = program
        self.node_of = {tensor: node for node, tensors in program.nodes.items() for tensor in tensors}
        self.givers = {operation.result: operation for operation in program.operations}
        self.blocks: Mapping[str, list[Operation]] = defaultdict(list)
        for operation in program.operations:
            self.blocks[self.of(operation.result)].append(operation)

    def of(self, tensor: str) -> str:
        return self.node_of.get(tensor, tensor)

    def result(self, node: str) -> str:
        """The tensor that a node gives."""
        return (self.program.nodes.get(node) or (node,))[-1]

    def quants(self) -> dict[str, Quant]:
        """Of int8 tensors by their nodes. One whose operations do not agree, bit for bit, has none."""
        stated: dict[str, set[Quant | None]] = defaultdict(set)
        for operation in self.program.operations:
            if operation.kind in CROSSINGS:
                tensor = operation.result if operation.kind == "quantize" else self.source(operation)
                stated[self._meant(tensor)].add(self.quant(operation))
        return {node: quant for node, (quant, *others) in stated.items() if quant is not None and not others}

    def quant(self, operation: Operation) -> Quant | None:
        """The one scale and int8 zero point of a quantize or dequantize; None where it has others."""
        program = self.program
        scale, zero_point = (
            names[0] if len(names := operation.inputs.get(key, ())) == 1 else ""
            for key in ("scale", "zero_point")
        )
        found = program.constants.get(scale), program.constants.get(zero_point)
        if not (isinstance(found[0], float) and isinstance(found[1], int)) or "axis" in operation.inputs:
            return None
        if program.types[scale].dtype != "float32" or program.types[zero_point].dtype != "int8":
            return None
        try:
            return Quant(found[0], found[1])
        except ValueError:
            return None

    def floats(self) -> frozenset[str]:
        """Nodes whose arithmetic is in float: not between dequantizes and a quantize of their own."""
        return frozenset(node for node, block in self.blocks.items() if self._in_float(node, block))

    def _in_float(self, node: str, block: list[Operation]) -> bool:
        kinds = {operation.kind for operation in block} - CROSSINGS - {WEIGHTS}
        if node == self.of(self.program.input):
            return not kinds <= ENTERING
        if not kinds or kinds == {"reduce_argmax"}:
            return False
        giver = self.givers.get(self.result(node))
        return giver is None or giver.kind != "quantize" or not all(map(self._inside, block))

    def _inside(self, operation: Operation) -> bool:
        """Whether it reads nothing but constants, what its own node gives, and int8 tensors."""
        return operation.kind == "dequantize" or all(
            self.of(name) == self.of(operation.result)
            for names in operation.inputs.values()
            for name in names
            if name not in self.program.constants
        )

    def source(self, operation: Operation) -> str:
        """What a dequantize reads."""
        return next(iter(operation.inputs.get("input", ())), "")

    def _meant(self, tensor: str) -> str:
        """The node whose numbers these are: a border has the quantization of the map that it surrounds."""
        node = self.of(tensor)
        if tensor == self.result(node):
            return node
        entering = {
            self.of(source)
            for operation in self.blocks[node]
            if operation.kind == "dequantize" and self.of(source := self.source(operation)) != node
        }
        return entering.pop() if len(entering) == 1 else tensor
