"""What a file labelled on a picture, in few words: enough to tell later whether it still does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from export.pictures import Picture
from fastscnn.graph.graph import Array


def record(picture: Picture, labels: Array, classes: Sequence[str]) -> dict[str, Any]:
    """The picture, all of its labels as one digest, and the share of each class that occurs."""
    found, counts = np.unique(labels, return_counts=True)
    return {
        "picture": picture.name,
        "pixels_sha256": pixels_digest(picture),
        "labels_sha256": _digest(labels.astype(np.int32)),
        "shares": {
            _named(int(label), classes): round(float(count) / labels.size, 6)
            for label, count in zip(found, counts, strict=True)
        },
    }


def _named(label: int, classes: Sequence[str]) -> str:
    """A network may give more classes than it has names for."""
    return classes[label] if label < len(classes) else str(label)


def pixels_digest(picture: Picture) -> str:
    return _digest(picture.pixels)


def distance(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """The least share of pixels that must have changed their class between two records."""
    classes = first["shares"].keys() | second["shares"].keys()
    shares = ((first["shares"].get(name, 0.0), second["shares"].get(name, 0.0)) for name in classes)
    return sum(abs(one - other) for one, other in shares) / 2


def _digest(array: Array) -> str:
    """sha256 of the values in their order, whatever machine holds them."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return hashlib.sha256(f"{little.shape}\n".encode() + little.tobytes()).hexdigest()
