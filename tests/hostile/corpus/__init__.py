"""Every hostile file, by the area of its trick."""

from __future__ import annotations

from tests.hostile.corpus import (
    archives,
    folders,
    onnx_files,
    packages,
    pickles,
    pictures,
    safetensors_files,
    texts,
    tflite_files,
)
from tests.hostile.corpus.case import Case


def cases() -> list[Case]:
    """All of them, in a fixed order, no name twice."""
    areas = (
        pickles,
        archives,
        safetensors_files,
        onnx_files,
        tflite_files,
        packages,
        pictures,
        texts,
        folders,
    )
    found = [case for area in areas for case in area.cases()]
    assert len({case.name for case in found}) == len(found)
    return found
