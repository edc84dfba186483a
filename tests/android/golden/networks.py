"""The models of golden cases: real files of the exporter, and the same without their weights."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export import source, spelling
from export.formats.tflite import metadata, write
from fastscnn.graph.file import load
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Graph, Quant
from fastscnn.info import ModelInfo
from fastscnn.network import checkpoint
from quantize.assemble import assemble
from tests.android.golden.cases import Case
from tests.graphs import fast_scnn, info_of, picture
from tests.quantized_graphs import decided

DESCRIBING = (metadata.STANDARD, metadata.OURS)


def model_of(case: Case) -> tuple[bytes, ModelInfo]:
    """The file that fastscnn-export would write, and what it says of itself."""
    graph, known = _network(case)
    info = case.info(known)
    spelled = spelling.spelled(graph, info, case.form, "tflite")
    return write.write(spelled, case.form.size, info), info


def hollow(data: bytes) -> bytes:
    """The file with zeros for all that is no description: as long, built alike, and small when packed."""
    emptied = bytearray(data)
    model = schema.Model.GetRootAs(data, 0)
    kept = set()
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name().decode() in DESCRIBING:
            kept.add(entry.Buffer())
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if index in kept or buffer.DataIsNone():
            continue
        begin = buffer._tab.Vector(buffer._tab.Offset(4))
        emptied[begin : begin + buffer.DataLength()] = bytes(buffer.DataLength())
    return bytes(emptied)


def _network(case: Case) -> tuple[Graph, ModelInfo]:
    if case.network == "tensor int8":
        return _tensor_int8(), info_of(19, align_corners=case.align_corners)
    if case.form.precision == "int8":
        return _embedded_int8()
    return _embedded()


@cache
def _embedded() -> tuple[Graph, ModelInfo]:
    loaded = checkpoint.load()
    return lower(loaded.network, names=loaded.names), loaded.info


@cache
def _embedded_int8() -> tuple[Graph, ModelInfo]:
    file = load(source.embedded_quantized())
    return file.graph, file.info


@cache
def _tensor_int8() -> Graph:
    """A network of random weights, quantized on normalised numbers."""
    size = (48, 64)
    known = decided(fast_scnn(input_name="input", stride=8), picture(size))
    # floats are summed in another order on another CPU: two digits of a scale are the same everywhere
    quants = {name: replace(quant, scale=_rounded(quant)) for name, quant in known.quants.items()}
    return assemble(known.graph, quants, known.weights)


def _rounded(quant: Quant) -> float:
    return float(np.float32(f"{quant.scale:.1e}"))
