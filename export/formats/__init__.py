"""The formats there are. A new one is a room of its own and an entry here."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from fastscnn.errors import MissingPackageError


@dataclass(frozen=True)
class Format:
    """One file format: its suffix, the packages its room needs, and the runtimes that judge its files."""

    name: str
    suffix: str
    packages: Mapping[str, str]
    """Module to the `pip install` target that brings it."""
    gates: tuple[Mapping[str, Any], ...] = ({},)
    """Arguments of run.load for each runtime that must agree with PyTorch."""
    reported: tuple[Mapping[str, Any], ...] = field(default=())
    """Arguments of run.load for runtimes whose agreement is only reported."""
    scored: int = 100
    """Labelled pictures that an int8 file's score is taken from."""

    def room(self, verb: str) -> ModuleType:
        """The room's module for a verb: write, read or run."""
        for module, target in self.packages.items():
            if not _installed(module):
                raise MissingPackageError(
                    f"--format {self.name} needs the package {module}, which is not installed.",
                    f"pip install '{target}' (fastscnn-doctor shows what else is missing)",
                )
        return importlib.import_module(f"export.formats.{self.name}.{verb}")


FORMATS = {
    format.name: format
    for format in (
        Format(
            "onnx",
            ".onnx",
            {"onnx": "fastscnn-mobile", "onnxruntime": "fastscnn-mobile"},
            gates=({"optimise": False}, {"optimise": True}),
        ),
        Format(
            "tflite",
            ".tflite",
            {"ai_edge_litert": "fastscnn-mobile", "flatbuffers": "fastscnn-mobile"},
            gates=({"delegate": "xnnpack"},),
            reported=({"delegate": "builtin"}, {"runtime": "tflite-runtime"}),
        ),
        Format(
            "coreml",
            ".mlpackage",
            {"coremltools": "fastscnn-mobile[coreml]"},
            # its evaluator is slow, and proven equal to the oracle layer by layer
            scored=16,
        ),
    )
}


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
