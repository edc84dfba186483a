"""What an application has to do around an artifact: a few lines, from the artifact's entry in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADER = "benchmarks/native/fastscnn_labels.h"
FUNCTIONS = {"float32": "f32", "int8": "i8", "uint8": "u8"}
CHANNELS = {3: "R G B", 4: "R G B A"}


def steps(artifact: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    """In, out, and from there to a label a pixel of the frame."""
    given, taken = artifact["input"], artifact["output"]
    frame, map_ = _sides(given), _sides(taken)
    lines = [_in(given, frame, model)]
    if "C" not in taken["layout"]:
        return [*lines, f"out: `{taken['name']}`, {_size(map_)}, the class of each pixel as {taken['dtype']}"]
    lines.append(f"out: `{taken['name']}`, {_order(taken)} of {taken['dtype']}{_meaning(taken)}")
    if map_["H"] == frame["H"]:
        return [*lines, "labels: at each pixel the class with the greatest logit"]
    return [
        *lines,
        f"labels: {_call(taken, frame, map_, model)} of {HEADER} (C, C++)",
        _in_python(frame, model),
    ]


def _in(given: Mapping[str, Any], frame: Mapping[str, int], model: Mapping[str, Any]) -> str:
    name, size, channels = given["name"], _size(frame), CHANNELS[frame["C"]]
    if given["layout"] == "RGB image":
        return f"in: `{name}`, the frame as a pixel buffer of {size}; no normalisation"
    if name != "image":
        channels = model["preprocessing"]["order"].upper()
        normalised = f"{channels}, normalised: (pixel 0..255 - mean) / std"
        return f"in: `{name}`, {_order(given)} of {given['dtype']}, {normalised}{_meaning(given)}"
    if given["dtype"] == "uint8":
        return f"in: `{name}`, the frame's bytes {channels} as they lie in memory, {size}; no normalisation"
    return f"in: `{name}`, {_order(given)} of float32, {channels} as 0..255; no normalisation"


def _call(
    taken: Mapping[str, Any], frame: Mapping[str, int], map_: Mapping[str, int], model: Mapping[str, Any]
) -> str:
    flags = [
        *(["FASTSCNN_ALIGN_CORNERS"] if model["align_corners"] else []),
        *(["FASTSCNN_PLANAR"] if taken["layout"] == "NCHW" else []),
    ]
    numbers = [] if taken["scale"] is None else [f"{taken['scale']!r}f", str(taken["zero_point"])]
    arguments = [
        taken["name"],
        *numbers,
        *(str(map_[axis]) for axis in "HWC"),
        "labels",
        str(frame["H"]),
        str(frame["W"]),
        " | ".join(flags) or "0",
    ]
    return f"fastscnn_labels_{FUNCTIONS[taken['dtype']]}({', '.join(arguments)})"


def _in_python(frame: Mapping[str, int], model: Mapping[str, Any]) -> str:
    return (
        f"  or in Python fastscnn.graph.labels.from_logits(values, ({frame['H']}, {frame['W']}),"
        f" {model['align_corners']}), values being height x width x classes"
    )


def _meaning(tensor: Mapping[str, Any]) -> str:
    if tensor["scale"] is None:
        return ""
    return f", value = (number - {tensor['zero_point']}) * {tensor['scale']!r}"


def _sides(tensor: Mapping[str, Any]) -> dict[str, int]:
    axes = "NCHW" if tensor["layout"] == "RGB image" else tensor["layout"]
    return dict(zip(axes, tensor["shape"], strict=True))


def _size(sides: Mapping[str, int]) -> str:
    return f"{sides['H']} x {sides['W']} pixels"


def _order(tensor: Mapping[str, Any]) -> str:
    """Its axes as a client meets them."""
    words = {"H": "height", "W": "width", "C": "classes" if tensor["name"] == "logits" else "channels"}
    axes = zip(tensor["layout"], tensor["shape"], strict=True)
    return " x ".join(f"{words[axis]} {size}" for axis, size in axes if axis in words)
