"""What an artifact takes and gives, found from its tensors; and values brought into their types."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from export.formats.base import Contents, Tensor
from export.forms import InputForm, OutputForm
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array
from fastscnn.info import Size

REMEDY = "Export it again with fastscnn-export."


def extent(tensor: Tensor) -> Size:
    """Height and width of a map, whatever the order of its axes."""
    axes = _axes(tensor)
    return tensor.shape[axes.index("H")], tensor.shape[axes.index("W")]


def channels(tensor: Tensor) -> int:
    axes = _axes(tensor)
    return tensor.shape[axes.index("C")] if "C" in axes else 1


def _axes(tensor: Tensor) -> str:
    axes = "NCHW" if tensor.layout == "RGB image" else tensor.layout
    if len(axes) != len(tensor.shape) or "H" not in axes or "W" not in axes:
        raise ArtifactError(f"{tensor.name!r} is no map: its shape is {tensor.shape}.", REMEDY)
    return axes


def input_form(file: Path, tensor: Tensor) -> InputForm:
    """The form of an input, from its name and its channels."""
    forms: dict[tuple[str, int], InputForm] = {
        ("image", 3): "image",
        ("image", 4): "rgba",
        ("input", 3): "tensor",
    }
    try:
        return forms[tensor.name, channels(tensor)]
    except KeyError:
        raise ArtifactError(
            f"{file} takes {tensor.name!r} with {channels(tensor)} channels, which is no input of ours.",
            REMEDY,
        ) from None


def output_form(file: Path, contents: Contents) -> OutputForm:
    """Labels have no channels; logits have one a class."""
    output = contents.output
    if output.name == "labels" and channels(output) == 1:
        return "labels"
    if output.name != "logits" or channels(output) != len(contents.info.classes):
        raise ArtifactError(
            f"{file} gives {output.name!r} with {channels(output)} channels,"
            f" but names {len(contents.info.classes)} classes.",
            REMEDY,
        )
    return "logits"


def quantized(given: Array, tensor: Tensor) -> Array:
    """Float values as an integer input wants them."""
    kind = np.dtype(tensor.dtype)
    if kind.kind not in "iu" or tensor.layout == "RGB image":
        return given
    limits = np.iinfo(kind)
    steps = np.rint(given / np.float32(tensor.scale or 1.0)) + (tensor.zero_point or 0)
    return steps.clip(limits.min, limits.max).astype(kind)


def dequantized(result: Array, tensor: Tensor) -> Array:
    """The float values that an integer output stands for."""
    if np.dtype(tensor.dtype).kind not in "iu":
        return result
    return (result.astype(np.float32) - (tensor.zero_point or 0)) * np.float32(tensor.scale or 1.0)
