"""The readers themselves, without a command around them: what fuzzing calls thousands of times a minute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.corpus.case import Kind


def _checkpoint(path: Path) -> Any:
    from fastscnn.network.checkpoint import load

    return load(path)


def _quantized(path: Path) -> Any:
    from fastscnn.graph import file, shapes

    content = file.load(path)
    return shapes.resolve(content.graph, (64, 96))


def _room(name: str) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        from export.formats import FORMATS

        return FORMATS[name].room("read").read(path)

    return read


def _picture(path: Path) -> Any:
    from fastscnn.data import picture_files

    return picture_files.pixels(path, upright=True)


def _classes(path: Path) -> Any:
    from fastscnn.data import classes

    return classes.read(path)


def _masks(path: Path) -> Any:
    from fastscnn.data.masks import code_from_list

    return code_from_list(path)


def _recipe(path: Path) -> Any:
    from quantize import recipe

    return recipe.load(path)


def _results(path: Path) -> Any:
    from benchmarks.results import read

    return read([path])


LOADERS: dict[Kind, tuple[Callable[[Path], Any], ...]] = {
    "checkpoint": (_checkpoint,),
    "quantized": (_quantized,),
    "onnx": (_room("onnx"),),
    "tflite": (_room("tflite"),),
    "mlpackage": (_room("coreml"),),
    "picture": (_picture,),
    "classes": (_classes, _masks),
    "recipe": (_recipe,),
    "results": (_results,),
}
