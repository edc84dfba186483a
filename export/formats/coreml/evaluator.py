"""Computes a saved program on any machine: operation by operation, in numpy, as its types say.

An operation whose type is fp16 gives numbers rounded to half precision; it adds up in float32, as
Apple's Neural Engine at least does.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from export.formats.coreml.affine import INTEGERS
from export.formats.coreml.arithmetic import MOVES, OPERATIONS
from export.formats.coreml.program import MilProgram, Operation
from fastscnn.graph.graph import Array

FLOATS = ("float16", "float32")
NO_FLOATS = (*INTEGERS, "int32", "bool", "str")
TAKEN = {
    "cast": (*FLOATS, "int32"),
    "reduce_argmax": FLOATS,
    "quantize": FLOATS,
    "dequantize": INTEGERS,
}
"""The maps that operations which change the type take; all others take maps of the type that they give."""


class Evaluator:
    """A program, checked as Core ML's compiler would, ready to compute."""

    def __init__(self, program: MilProgram) -> None:
        self.program = program
        self.constants = {
            name: value.astype(np.float32)
            if isinstance(value, np.ndarray) and value.dtype.kind == "f"
            else value
            for name, value in program.constants.items()
        }
        self.last_reader: dict[str, str] = {}
        for operation in program.operations:
            self._check(operation)
            for name in (operation.result, *_names(operation)):
                self.last_reader[name] = operation.result

    def _check(self, operation: Operation) -> None:
        if operation.kind not in OPERATIONS:
            raise self.program.refused(
                f"its operation {operation.result!r} is {operation.kind!r}, which our evaluator does not know"
            )
        gives = operation.type.dtype
        maps = TAKEN.get(operation.kind, (gives,))
        for name in _names(operation):
            given = self.program.types[name].dtype
            constant = name in self.program.constants
            if given not in maps and not (constant and given in (gives, *NO_FLOATS)):
                raise self.program.refused(f"its operation {operation.result!r} mixes {given} with {gives}")

    def run(self, feed: Array, keep: Collection[str]) -> dict[str, Array]:
        """Tensors by their MIL names, from what the program's input is fed."""
        program = self.program
        tensors: dict[str, Array] = {program.input: feed.astype(np.float32)}
        for operation in program.operations:
            tensors[operation.result] = self._compute(operation, tensors)
            for name in (operation.result, *_names(operation)):
                if self.last_reader[name] == operation.result and name not in keep:
                    tensors.pop(name, None)
        return {name: tensors[name] for name in keep}

    def _compute(self, operation: Operation, tensors: dict[str, Array]) -> Array:
        known: Mapping[str, Any] = ChainMap(tensors, self.constants)  # type: ignore[arg-type]
        arguments = {
            key: tuple(known[name] for name in names) if key == "values" else known[names[0]]
            for key, names in operation.inputs.items()
        }
        try:
            with np.errstate(all="ignore"):
                result = OPERATIONS[operation.kind](**arguments)
                if operation.type.dtype == "float16" and operation.kind not in MOVES:
                    result = result.astype(np.float16).astype(np.float32)
        except (
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            AttributeError,
            ArithmeticError,
            MemoryError,
        ) as problem:
            raise self.program.refused(
                f"its operation {operation.result!r} ({operation.kind}) cannot be computed: {problem}"
            ) from problem
        wanted = "float32" if operation.type.dtype in FLOATS else operation.type.dtype
        if (result.shape, result.dtype) != (operation.type.shape, wanted):
            raise self.program.refused(
                f"its operation {operation.result!r} ({operation.kind}) gives {result.dtype}"
                f" {list(result.shape)}, where its type says {wanted} {list(operation.type.shape)}"
            )
        return result


def _names(operation: Operation) -> list[str]:
    return [name for names in operation.inputs.values() for name in names]
