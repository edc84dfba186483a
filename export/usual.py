"""The embedded int8 network as converters write it by default: normalised floats in, large float logits out.

    python -m export.usual FOLDER [HxW [CLASSES]]

For benchmarks/speed.py, which measures what the forms of fastscnn-export give over it. The integers are the
same ones. Beside the files it puts the network that they came from, widened to CLASSES, and a street
photograph as a camera's frame.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from export import pictures, source
from export.formats import FORMATS
from export.forms import Form
from export.passes import float_input
from export.request import DEFAULT_SIZE, Request
from export.spelling import spelled
from fastscnn.console import Console
from fastscnn.graph import file
from fastscnn.graph.graph import Conv, Graph
from fastscnn.info import ModelInfo
from fastscnn.options import size_of

WRITTEN = ("tflite", "onnx")


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    size = size_of(arguments[1]) if len(arguments) > 1 else DEFAULT_SIZE
    folder.mkdir(parents=True, exist_ok=True)
    network = source.load(Request(formats=WRITTEN, precision="int8"), Console(quiet=True))
    classes = int(arguments[2]) if len(arguments) > 2 else len(network.info.classes)
    graph, info = widened(network.graph, network.info, classes)
    stem = f"usual_{size[0]}x{size[1]}_{classes}"
    quantized = folder / f"{stem}.int8.safetensors"
    quantized.write_bytes(file.dump(graph, info))
    form = Form(size, "int8", float_output=True, plain=True)
    files = {}
    for name in WRITTEN:
        written = float_input.apply(spelled(graph, info, form, name))
        path = folder / f"{stem}{FORMATS[name].suffix}"
        path.write_bytes(FORMATS[name].room("write").write(written, size, info))
        files[name] = str(path)
    pixels = pictures.opened(pictures.embedded()[0], size)
    frame = folder / f"{stem}.frame.npy"
    np.save(frame, np.concatenate([pixels, np.full((*size, 1), 255, np.uint8)], axis=2))
    document = {
        "files": files,
        "quantized": str(quantized),
        "frame": str(frame),
        "mean": [0.0] * 3,
        "std": [float_input.STD] * 3,
        "align_corners": network.info.align_corners,
    }
    print(json.dumps(document))
    return 0


def widened(graph: Graph, info: ModelInfo, classes: int) -> tuple[Graph, ModelInfo]:
    """More classes, each a copy of an earlier one, which wins their ties: the same labels, at their cost."""
    last = graph[graph.output]
    while not isinstance(last.operator, Conv):
        last = graph[last.values[0]]
    conv = last.operator
    assert isinstance(conv, Conv)
    copied = np.arange(classes) % conv.out_channels
    scales = None if conv.scales is None else conv.scales[copied]
    wide = replace(conv, weight=conv.weight[copied], bias=conv.bias[copied], scales=scales)
    nodes = tuple(replace(node, operator=wide) if node is last else node for node in graph)
    names = tuple(info.classes[i] if n == i else f"{info.classes[i]} {n}" for n, i in enumerate(copied))
    colors = tuple(info.colors[i] for i in copied)
    return Graph(nodes, graph.output), replace(info, classes=names, colors=colors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
