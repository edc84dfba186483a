"""TFLite files of other tasks, and one of ours that no phone can hold: what the application must refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite.builder import ModelBuilder
from export.formats.tflite.flatbuffer import pack
from export.forms import Form
from tests.android.golden.archive import Entries, entries
from tests.android.golden.cases import CASES
from tests.android.golden.networks import hollow, model_of

Shapes = dict[str, tuple[int, ...]]
TASKS: dict[str, tuple[Shapes, Shapes, str]] = {
    # inputs, outputs, what the application says
    "classifier.tflite": (
        {"image": (1, 224, 224, 3)},
        {"probabilities": (1, 1001)},
        "This is no segmentation model of fastscnn-export: it gives numbers of shape 1x1001.",
    ),
    "detector.tflite": (
        {"image": (1, 320, 320, 3)},
        {"boxes": (1, 10, 4), "classes": (1, 10), "scores": (1, 10), "count": (1,)},
        "This model gives 4 tensors, where a segmentation gives one: it is for another task.",
    ),
    "two_pictures.tflite": (
        {"left": (1, 48, 64, 3), "right": (1, 48, 64, 3)},
        {"depth": (1, 48, 64, 1)},
        "This model takes 2 tensors, where a segmentation takes one: it is for another task.",
    ),
    "enlarger.tflite": (
        {"image": (1, 48, 64, 3)},
        {"logits": (1, 192, 256, 3)},
        "This is no segmentation model of fastscnn-export: it gives a map of 192x256 for a picture of 48x64.",
    ),
    "text.tflite": (
        {"tokens": (1, 128)},
        {"logits": (1, 128, 30522)},
        "This is no segmentation model of fastscnn-export: it takes numbers of shape 1x128.",
    ),
    "batch.tflite": (
        {"image": (4, 48, 64, 3)},
        {"logits": (4, 6, 8, 11)},
        "This is no segmentation model of fastscnn-export: it takes numbers of shape 4x48x64x3.",
    ),
    "segmenter.tflite": (
        {"image": (1, 48, 64, 3)},
        {"logits": (1, 6, 8, 11)},
        "It was not written by fastscnn-export: it carries no FASTSCNN_INFO.",
    ),
}
HUGE_SAYS = 'Its "logits" of 4096x8192 needs 1408 MB, more than a phone gives.'


def golden() -> Entries:
    facts: dict[str, Any] = {
        "models": [{"name": name, "says": says} for name, (_, _, says) in TASKS.items()],
        "huge": {"says": HUGE_SAYS},
    }
    files = {name: _written(inputs, outputs) for name, (inputs, outputs, _) in TASKS.items()}
    large = replace(CASES[0], name="huge", form=Form((4096, 8192), "fp32"))
    files["huge.tflite"] = hollow(model_of(large)[0])
    return entries(facts, **files)


def _written(inputs: Shapes, outputs: Shapes) -> bytes:
    """A file with these tensors at its borders and nothing between."""
    builder = ModelBuilder("another task")
    places = [[builder.tensor(*tensor) for tensor in side.items()] for side in (inputs, outputs)]
    graph = schema.SubGraphT()
    graph.name, graph.operators, graph.tensors = "main", [], builder.tensors
    graph.inputs, graph.outputs = places
    model = schema.ModelT()
    model.version, model.description, model.subgraphs, model.buffers = 3, "", [graph], builder.buffers
    return pack(model)
