"""What the file says about itself: TFLite's standard metadata, and our own ModelInfo beside it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from export.formats.tflite.builder import ModelBuilder
from export.formats.tflite.flatbuffer import ALIGNMENT
from export.formats.tflite.metadata_schema import (
    ACTIVATION,
    COLOR_SPACE,
    CONTENT,
    FILE_TYPE,
    IDENTIFIER,
    NORMALIZATION,
    PARSER_VERSION,
    SEGMENTER_IDENTIFIER,
)
from export.formats.tflite.tables import Table, encode
from fastscnn import __version__
from fastscnn.graph.graph import Argmax, Graph
from fastscnn.graph.shapes import Shape
from fastscnn.info import ModelInfo

NAME = "Fast-SCNN"
DESCRIPTION = "Semantic segmentation: the class of every pixel."
UNTRAINED = " UNTRAINED: the weights are random, the classes mean nothing."
STANDARD = "TFLITE_METADATA"
OURS = "FASTSCNN_INFO"
VERSION = "FASTSCNN_VERSION"
SEGMENTER = "SEGMENTER_METADATA"
LABELS_FILE = "labels.txt"
PIXELS = "image"
"""The input's name where it takes pixels 0..255."""
RUNTIME_VERSION = "2.9.0"
"""The first TensorFlow Lite that has every version of every operator that we may write."""
MIDNIGHT = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: files of equal content are to be equal bytes."""
UNIX = 3


def annotate(model: ModelBuilder, graph: Graph, shapes: Mapping[str, Shape], info: ModelInfo) -> None:
    model.annotate("min_runtime_version", RUNTIME_VERSION.encode().ljust(ALIGNMENT, b"\0"))
    model.annotate(STANDARD, standard(graph, shapes, info))
    model.annotate(OURS, info.to_json().encode())
    model.annotate(VERSION, __version__.encode())


def with_labels(data: bytes, info: ModelInfo) -> bytes:
    """The label file as a zip behind the flatbuffer, where the standard's readers look."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(LABELS_FILE, MIDNIGHT)
        entry.create_system = UNIX
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, "".join(f"{name}\n" for name in info.classes))
    return file.getvalue()


def standard(graph: Graph, shapes: Mapping[str, Shape], info: ModelInfo) -> bytes:
    """TFLITE_METADATA."""
    labelled = isinstance(graph[graph.output].operator, Argmax)
    subgraph = {
        "name": NAME,
        "input_tensor_metadata": [_input(graph.input.name, shapes[graph.input.name], info)],
        "output_tensor_metadata": [_output(graph.output, labelled)],
        "custom_metadata": [_segmenter(labelled)],
    }
    return encode(
        Table(
            "ModelMetadata",
            {
                "name": NAME,
                "description": DESCRIPTION + ("" if info.trained else UNTRAINED),
                "subgraph_metadata": [Table("SubGraphMetadata", subgraph)],
                "min_parser_version": PARSER_VERSION,
            },
        ),
        IDENTIFIER,
    )


def _input(name: str, shape: Shape, info: ModelInfo) -> Table:
    """Clients normalise as they are told here: not at all where the network does it itself."""
    pixels, channels = name == PIXELS, shape[2]
    mean = [0.0] * channels if pixels else [float(value) for value in info.preprocessing.mean]
    std = [1.0] * channels if pixels else [float(value) for value in info.preprocessing.std]
    rgb = channels == 3 and (pixels or info.preprocessing.order == "rgb")
    return Table(
        "TensorMetadata",
        {
            "name": name,
            "description": _described(pixels, channels, info),
            "content": _content("ImageProperties", {"color_space": COLOR_SPACE["rgb" if rgb else "unknown"]}),
            "process_units": [
                Table(
                    "ProcessUnit",
                    {
                        "options_type": NORMALIZATION,
                        "options": Table("NormalizationOptions", {"mean": mean, "std": std}),
                    },
                )
            ],
        },
    )


def _described(pixels: bool, channels: int, info: ModelInfo) -> str:
    if not pixels:
        return f"{info.preprocessing.order.upper()}, normalised: (pixel 0..255 - mean) / std."
    return f"{'RGBA' if channels == 4 else 'RGB'} pixels 0..255."


def _output(name: str, labelled: bool) -> Table:
    file = {
        "name": LABELS_FILE,
        "description": "The classes' names, in their order.",
        "type": FILE_TYPE["value labels" if labelled else "axis labels"],
    }
    return Table(
        "TensorMetadata",
        {
            "name": name,
            "description": "The class of each pixel." if labelled else "Each class's logit at each pixel.",
            "content": _content("FeatureProperties", {}),
            "associated_files": [Table("AssociatedFile", file)],
        },
    )


def _content(kind: str, fields: Mapping[str, int]) -> Table:
    return Table(
        "Content", {"content_properties_type": CONTENT[kind], "content_properties": Table(kind, fields)}
    )


def _segmenter(labelled: bool) -> Table:
    """What MediaPipe does with the logits before it gives them out as confidences."""
    chosen = ACTIVATION["none" if labelled else "softmax"]
    data = encode(Table("ImageSegmenterOptions", {"activation": chosen}), SEGMENTER_IDENTIFIER)
    return Table("CustomMetadata", {"name": SEGMENTER, "data": data})
