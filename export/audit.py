"""The audit: what a file on disk holds, number by number, against the Graph it was written from."""

from __future__ import annotations

import numpy as np

from export.formats.base import Contents
from fastscnn.errors import GateError
from fastscnn.graph.graph import Conv, Graph
from fastscnn.info import ModelInfo


class AuditError(GateError):
    """A file does not hold what it was to hold."""

    kind = "audit"


def require(file: str, contents: Contents, graph: Graph, info: ModelInfo) -> None:
    """Raises AuditError unless every weight and bias is there, bit for bit, with the right info and names."""
    for what, found, wanted in (
        ("input", contents.input.name, graph.input.name),
        ("output", contents.output.name, graph.output),
        ("info", contents.info, info),
    ):
        if found != wanted:
            raise AuditError(f"{file} has the {what} {found!r} where {wanted!r} was to be.")
    for node, conv in graph.of(Conv):
        for kind, held, array in (
            ("weight", contents.weights, conv.weight),
            ("bias", contents.biases, conv.bias),
        ):
            if node.name not in held or not np.array_equal(held[node.name], array):
                raise AuditError(f"{file} does not hold the {kind} of {node.name} as PyTorch has it.")
