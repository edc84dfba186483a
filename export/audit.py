"""The audit: what a file on disk holds, number by number, against the Graph it was written from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from export.formats.base import Contents
from fastscnn.errors import GateError
from fastscnn.graph import integers
from fastscnn.graph.graph import Array, Conv, Graph, Node
from fastscnn.info import ModelInfo


class AuditError(GateError):
    """A file does not hold what it was to hold."""

    kind = "audit"


def require(file: str, contents: Contents, graph: Graph, info: ModelInfo) -> None:
    """Raises AuditError unless every number is there, bit for bit, with the right info, names and types."""
    for what, found, wanted in (
        ("input", contents.input.name, graph.input.name),
        ("output", contents.output.name, graph.output),
        ("info", contents.info, info),
    ):
        if found != wanted:
            raise AuditError(f"{file} has the {what} {found!r} where {wanted!r} was to be.")
    for node, conv in graph.of(Conv):
        _require_array(file, "weight", node, contents.weights, conv.weight)
        _require_array(file, "bias", node, contents.biases, conv.bias)
        if node.name in contents.borders and conv.border is not None:
            _require_array(file, "border", node, contents.borders, conv.border)
        if conv.scales is not None:
            _require_array(file, "weight scales", node, contents.scales, conv.scales)
            source = graph[node.inputs[0]].quant
            if node.quant is not None and source is not None:
                units = integers.bias_scales(conv.scales, source)
                _require_array(file, "bias scales", node, contents.bias_scales, units)
    if graph.quantized:
        _require_quants(file, contents, graph)


def _require_array(file: str, what: str, node: Node, held: Mapping[str, Array], wanted: Array) -> None:
    found = held.get(node.name)
    if found is None or found.dtype != wanted.dtype or not np.array_equal(found, wanted):
        raise AuditError(f"{file} does not hold the {what} of {node.name} as PyTorch has it.")


def _require_quants(file: str, contents: Contents, graph: Graph) -> None:
    """Every scale and zero point, and no arithmetic in float but where the Graph has it."""
    wanted = {node.name: node.quant for node in graph if node.quant is not None}
    for name in (*wanted, *sorted(contents.quants.keys() - wanted.keys())):
        if contents.quants.get(name) != wanted.get(name):
            raise AuditError(
                f"{file} has the quantization {contents.quants.get(name)} at {name} where"
                f" {wanted.get(name)} was to be."
            )
    floats = {node.name for node in graph if graph.computes_in_float(node)}
    for name in sorted(contents.floats ^ floats):
        how = "computes in float at" if name in contents.floats else "does not compute in float at"
        raise AuditError(f"{file} {how} {name}, which was not asked for.")
