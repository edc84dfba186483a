"""Real files of every kind, damaged at random: flipped bytes, cuts, splices, numbers that lie."""

from __future__ import annotations

import io
import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import strategies

from tests.hostile.corpus import pictures, sound, texts
from tests.hostile.corpus.case import Case, Kind, Place

HEAD = 6_000
"""Bytes within which most of a file's structure lies; damage in weights is only another weight."""
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 1 << 63)


@dataclass(frozen=True)
class Edit:
    """One damage: what, where as a share of the file, and with what."""

    how: str
    head: bool
    """Within the first bytes alone."""
    place: float
    length: int
    value: int


@dataclass(frozen=True)
class Damaged:
    """A real file of a kind, and what is done to it."""

    source: str
    edits: tuple[Edit, ...]

    def case(self) -> Case:
        """As a hostile file of the corpus; a mutation may be harmless."""
        kind, _, name, part = SOURCES[self.source]

        def make(place: Place) -> Path:
            path = place.folder / name
            if part is None:
                path.write_bytes(self.content())
                return path
            for inner, content in sound.package().items():
                (path / inner).parent.mkdir(parents=True, exist_ok=True)
                (path / inner).write_bytes(self.content() if inner == part else content)
            return path

        return Case(f"damaged/{self.source}", kind, make, harmless=True)

    def content(self) -> bytes:
        data = bytearray(SOURCES[self.source][1]())
        for edit in self.edits:
            apply(data, edit)
        return bytes(data)


def apply(data: bytearray, edit: Edit) -> None:
    """One damage done to bytes in place."""
    extent = min(len(data), HEAD) if edit.head else len(data)
    if not extent:
        return
    at = min(int(edit.place * extent), extent - 1)
    end = min(at + edit.length, len(data))
    match edit.how:
        case "flip":
            data[at] ^= edit.value % 255 + 1
        case "number":
            packed = struct.pack("<Q", NUMBERS[edit.value % len(NUMBERS)])[: (4, 8)[edit.length % 2]]
            data[at : at + len(packed)] = packed
        case "cut":
            del data[at:]
        case "remove":
            del data[at:end]
        case "repeat":
            data[at:at] = data[at:end]
        case "blank":
            data[at:end] = bytes(end - at)
        case "splice":
            other = edit.value * 7919 % len(data)
            data[at:end] = data[other : other + end - at]


HOWS = ("flip", "flip", "number", "number", "cut", "remove", "repeat", "blank", "splice")
edits = strategies.builds(
    Edit,
    strategies.sampled_from(HOWS),
    strategies.integers(0, 3).map(bool),
    strategies.floats(0, 1, allow_nan=False),
    strategies.integers(1, 400),
    strategies.integers(0, 100_000),
)


def damaged(sources: tuple[str, ...] = ()) -> strategies.SearchStrategy[Damaged]:
    """Files of these kinds, or of all, with one to four damages each."""
    return strategies.builds(
        Damaged,
        strategies.sampled_from(sources or tuple(SOURCES)),
        strategies.lists(edits, min_size=1, max_size=4).map(tuple),
    )


@cache
def _embedded() -> bytes:
    from fastscnn.network.checkpoint import embedded

    return embedded().read_bytes()


@cache
def _quantized() -> bytes:
    from export.source import embedded_quantized

    return embedded_quantized().read_bytes()


@cache
def _saved(form: str) -> bytes:
    """The embedded network as torch.save and Paddle's pickles have it."""
    import torch

    from fastscnn.network.checkpoint import load

    state = load().network.state_dict()
    if form == "pickle":
        return pickle.dumps({name: value.numpy() for name, value in state.items()}, protocol=2)
    stream = io.BytesIO()
    torch.save({"state_dict": state, "epoch": 3}, stream, _use_new_zipfile_serialization=form == "zip")
    return stream.getvalue()


Source = tuple[Kind, Callable[[], bytes], str, str | None]


def _part(inner: str) -> Source:
    """A part of a Core ML package."""
    return ("mlpackage", lambda: sound.package()[inner], "net.mlpackage", inner)


SOURCES: dict[str, Source] = {
    "zip": ("checkpoint", lambda: _saved("zip"), "net.pth", None),
    "legacy": ("checkpoint", lambda: _saved("legacy"), "net.pth", None),
    "pickle": ("checkpoint", lambda: _saved("pickle"), "net.pdparams", None),
    "safetensors": ("checkpoint", _embedded, "net.safetensors", None),
    "quantized": ("quantized", _quantized, "net.int8.safetensors", None),
    "onnx": ("onnx", lambda: sound.file("onnx"), "net.onnx", None),
    "onnx-int8": ("onnx", lambda: sound.file("onnx", "int8"), "net.onnx", None),
    "tflite": ("tflite", lambda: sound.file("tflite"), "net.tflite", None),
    "tflite-int8": ("tflite", lambda: sound.file("tflite", "int8"), "net.tflite", None),
    "mlpackage-manifest": _part("Manifest.json"),
    "mlpackage-model": _part("Data/com.apple.CoreML/model.mlmodel"),
    "mlpackage-weights": _part("Data/com.apple.CoreML/weights/weight.bin"),
    "png": ("picture", lambda: pictures.small("PNG"), "street.png", None),
    "jpeg": ("picture", lambda: pictures.small("JPEG"), "street.jpg", None),
    "tiff": ("picture", lambda: pictures.small("TIFF"), "street.tif", None),
    "webp": ("picture", lambda: pictures.small("WEBP"), "street.webp", None),
    "bmp": ("picture", lambda: pictures.small("BMP"), "street.bmp", None),
    "classes": ("classes", lambda: texts.listed("road"), "names.txt", None),
    "recipe": (
        "recipe",
        lambda: json.dumps({"floats": ["classifier.conv"], "ranges": "best"}).encode(),
        "recipe.json",
        None,
    ),
    "results": ("results", texts.measured, "here.json", None),
}
"""Of each: its kind, its bytes, its name, and the part of a package that it is."""
