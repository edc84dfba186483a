"""One frame through one model, every step kept: the frame, the model's input and output, labels, colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from export import borders
from export.formats.base import Contents
from export.overlay import OPACITY, blended
from fastscnn.graph import labels
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo
from tests.android.golden.archive import Entries, entries
from tests.android.golden.cases import Case
from tests.android.golden.frames import as_the_camera_gives, photograph, placed
from tests.android.golden.networks import hollow
from tests.android.golden.outputs import computed

COLOURED = ("phone", "phone_crop", "int8_full")
"""Cases that keep the picture under its labels' colours too."""


def golden(case: Case) -> Entries:
    way = computed(case)
    found = labels_of(way.output, case, way.contents)
    palette = np.array([0xFF000000 | r << 16 | g << 8 | b for r, g, b in way.info.colors], np.uint32)
    picture = blended(way.canvas, found, way.info).tobytes() if case.name in COLOURED else None
    return entries(
        _facts(case, way.contents, way.info, found),
        model=hollow(way.data),
        frame=as_the_camera_gives(photograph(case.photograph, case.frame), case.layout),
        input=way.given,
        output=way.output,
        labels=found.astype(np.uint8),
        colours=palette[found],
        **({"picture": picture} if picture else {}),
    )


def labels_of(output: Array, case: Case, contents: Contents) -> Array:
    """The class of each of the model's pixels, int32."""
    aligned, size = contents.info.align_corners, case.form.size
    if case.form.output == "labels":
        return labels.nearest(output.reshape(output.shape[:2]), size, aligned)
    return labels.from_logits(borders.dequantized(output, contents.output), size, aligned)


def _facts(case: Case, contents: Contents, info: ModelInfo, found: Array) -> dict[str, Any]:
    """What the model is, how the frame lies, and what is seen of it."""
    seen, filled = placed(case.frame, case.form.size, case.fit)
    height, width = case.frame if case.layout.rotation in (0, 180) else case.frame[::-1]
    counts = np.bincount(found[filled.slices].ravel(), minlength=len(info.classes))
    return {
        "name": case.name,
        "fit": case.fit,
        "frame": {
            "width": width,
            "height": height,
            "rotation": case.layout.rotation,
            "pixelStride": case.layout.pixel_stride,
            "rowStride": width * case.layout.pixel_stride + case.layout.row_padding,
        },
        "seen": list(seen),
        "filled": list(filled),
        "input": {"form": case.form.input, **_tensor(contents.input)},
        "output": {
            "form": case.form.output,
            "stride": case.form.stride,
            "alignCorners": info.align_corners,
            **_tensor(contents.output),
        },
        "classes": list(info.classes),
        "colors": [list(color) for color in info.colors],
        "trained": info.trained,
        "opacity": OPACITY,
        "counts": counts.tolist(),
    }


def _tensor(tensor: Any) -> dict[str, Any]:
    """Pixels stand for themselves: their quantization is none."""
    plain = tensor.name == "image" or tensor.dtype == "int32"
    return {
        "shape": list(tensor.shape[1:]),
        "dtype": tensor.dtype,
        "scale": None if plain else tensor.scale,
        "zeroPoint": None if plain else tensor.zero_point,
    }
