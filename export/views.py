"""What was seen on the way: the labels that the network and each file gave for the compared pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from export import borders
from export.formats.base import Tensor
from export.forms import Form
from export.pictures import Picture
from fastscnn.graph import labels
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo


@dataclass(frozen=True, eq=False)
class View:
    """One picture, and the class of each of its pixels."""

    picture: Picture
    wanted: Array
    """By the network that the files are compared with."""
    found: Mapping[str, Array]
    """By each file, under its format's name, in the runtime that users run it in."""

    def differing(self, format: str) -> Array:
        """Where a file and the network disagree."""
        apart: Array = self.found[format] != self.wanted
        return apart


def of_output(output: Array, form: Form, info: ModelInfo, tensor: Tensor) -> Array:
    """The label map that an application makes of a file's output; `tensor` says what its integers mean."""
    if form.output == "labels":
        return compact(output[:, :, 0])
    return of_logits(borders.dequantized(output, tensor) if form.stride != 1 else output, form, info)


def of_logits(logits: Array, form: Form, info: ModelInfo) -> Array:
    """The same of a network's logits: those at 1/8 become full-size labels, but where a file gives labels."""
    if form.stride == 1 or form.output == "labels":
        return compact(logits.argmax(axis=2))
    return compact(labels.from_logits(logits, form.size, info.align_corners))


def compact(found: Array) -> Array:
    """Labels in a byte each where they fit."""
    return found.astype(np.uint8) if found.max(initial=0) < 256 else found
