"""Graph, size and info to the bytes of a .tflite file."""

from __future__ import annotations

from export.formats.tflite import metadata
from export.formats.tflite.builder import ModelBuilder
from export.formats.tflite.operators import spell
from export.formats.tflite.sheet import Sheet
from fastscnn.graph.graph import Graph
from fastscnn.graph.shapes import resolve
from fastscnn.info import ModelInfo, Size


def write(graph: Graph, size: Size, info: ModelInfo) -> bytes:
    """One file: the network, its metadata, and the labels' file appended as the standard has it."""
    shapes = resolve(graph, size)
    model = ModelBuilder(description=f"{metadata.NAME}, {info.layout}")
    sheet = Sheet(graph, shapes, model)
    for node in graph:
        spell(sheet, node)
    metadata.annotate(model, graph, shapes, info)
    return metadata.with_labels(model.finish(sheet.source, sheet.tensors[graph.output]), info)
