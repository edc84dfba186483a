"""Networks of one layer, to see a runtime compute: what it gives is known, and its int8 sums are large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from export import bundle
from export.formats import Format
from export.passes import float_output
from fastscnn.graph import reference
from fastscnn.graph.graph import LEAST, Array, Conv, Graph, Input, Node, Quant
from fastscnn.info import ModelInfo

SIZE = (32, 32)
CLASSES = 16
KERNEL = 3
BRIGHT = 255
"""Of pixels. With weights of one sign two neighbouring products overflow 16 bits, if kernels add them so."""


def networks() -> Iterator[tuple[str, Graph, Array]]:
    """What kind of numbers, the network, and a picture for it."""
    shades = (np.arange(SIZE[0] * SIZE[1] * 3) % 256).astype(np.uint8).reshape(*SIZE, 3)
    yield "float", _floats(), shades.astype(np.float32)
    yield "int8", _integers(), np.maximum(shades, BRIGHT - 55)


def written(folder: Path, format: Format, kind: str, graph: Graph) -> Path:
    info = ModelInfo(
        "tiny",
        tuple(f"class {number}" for number in range(CLASSES)),
        tuple((number, number, number) for number in range(CLASSES)),
        trained=False,
    )
    files = format.room("write").write(graph, SIZE, info)
    return bundle.stage(folder, kind + format.suffix, files).path


def meant(graph: Graph, given: Array) -> Array:
    """What the oracle gives."""
    result: Array = reference.run(graph, given.astype(np.float32))[graph.output]
    return result


def unit(graph: Graph, wanted: Array) -> float:
    """What differences are counted in: steps of the integers, or the range of the floats."""
    quant = next((node.quant for node, _ in graph.of(Conv)), None)
    return float(np.ptp(wanted)) if quant is None else quant.scale


def _floats() -> Graph:
    waves = np.sin(np.arange(CLASSES * 3 * KERNEL * KERNEL, dtype=np.float64))
    weight = waves.reshape(CLASSES, 3, KERNEL, KERNEL).astype(np.float32)
    conv = Conv(weight, np.zeros(CLASSES, np.float32))
    return Graph((Node("image", Input(3)), Node("logits", conv, ("image",))), "logits")


def _integers() -> Graph:
    """Weights near 127, so that a row of products is as large as it can be."""
    count = CLASSES * 3 * KERNEL * KERNEL
    weight = (127 - np.arange(count) % 8).reshape(CLASSES, 3, KERNEL, KERNEL).astype(np.int8)
    scales = np.full(CLASSES, 1 / 128, np.float32)
    most = BRIGHT * 127 / 128 * 3 * KERNEL * KERNEL
    conv = Conv(weight, np.zeros(CLASSES, np.int32), scales=scales)
    graph = Graph(
        (
            Node("image", Input(3), quant=Quant(1.0, LEAST)),
            Node("logits", conv, ("image",), Quant(float(np.float32(most / 255)), LEAST)),
        ),
        "logits",
    )
    # Core ML has no int8 outputs
    return float_output.apply(graph)
