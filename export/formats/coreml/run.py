"""A saved Core ML package, ready to compute: by Core ML on a Mac, elsewhere by our evaluator."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.formats.base import Runner, Tensor
from export.formats.coreml.evaluator import Evaluator
from export.formats.coreml.program import MilProgram, read_program
from export.formats.coreml.read import input_of, output_of
from export.formats.coreml.toolbox import coremltools
from fastscnn.graph.graph import Array

EVALUATOR = "MIL evaluator (not Apple's runtime)"


def load(path: Path, *, threads: int = 1) -> Runner:
    """`threads` is numpy's and Core ML's own affair."""
    program = read_program(Path(path))
    return AppleRunner(program) if sys.platform == "darwin" else EvaluatorRunner(program)


class EvaluatorRunner:
    """The saved program in numpy."""

    runtime: str = EVALUATOR

    def __init__(self, program: MilProgram) -> None:
        self.program = program
        self.input: Tensor = input_of(program)
        self.output: Tensor = output_of(program)
        self.evaluator = Evaluator(program)

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        tensors = {tap: self._tensor_of(tap) for tap in taps}
        found = self.evaluator.run(planes(feed, self.input), {self.program.output, *tensors.values()})
        results = {self.output.name: found[self.program.output]}
        results.update((tap, found[tensor]) for tap, tensor in tensors.items())
        return {name: interleaved(map_) for name, map_ in results.items()}

    def _tensor_of(self, node: str) -> str:
        names = self.program.nodes.get(node, ())
        if not names or names[-1] not in self.program.types:
            raise self.program.refused(f"no tensor of it is called {node!r}")
        return names[-1]


class AppleRunner(EvaluatorRunner):
    """Core ML itself, on the CPU, where its float32 is float32; taps are the evaluator's."""

    def __init__(self, program: MilProgram) -> None:
        super().__init__(program)
        self.model = coremltools.models.MLModel(
            str(program.path), compute_units=coremltools.ComputeUnit.CPU_ONLY
        )
        self.runtime = f"Core ML on the CPU, through coremltools {coremltools.__version__}"

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        results = super().run(feed, taps) if taps else {}
        given: Any = planes(feed, self.input)
        if self.input.layout == "RGB image":
            from PIL import Image

            given = Image.fromarray(interleaved(given).astype(np.uint8))
        result = np.asarray(self.model.predict({self.input.name: given})[self.output.name])
        return {**results, self.output.name: interleaved(result.astype(self.output.dtype))}


def planes(feed: Array, wanted: Tensor) -> Array:
    """A map of height x width x channels as the program takes it."""
    feed = np.asarray(feed)
    if wanted.layout == "RGB image":
        # a camera frame's fourth byte is no part of Core ML's RGB picture
        feed = feed[..., :3]
        if not np.array_equal(feed, feed.astype(np.uint8)):
            raise ValueError("an image input takes whole numbers from 0 to 255")
    given: Array = feed.astype(np.float32).transpose(2, 0, 1)[None]
    if given.shape != wanted.shape:
        raise ValueError(f"{wanted.name} takes {wanted.shape}, not {given.shape}")
    return np.ascontiguousarray(given)


def interleaved(tensor: Array) -> Array:
    """1 x channels x height x width, or 1 x height x width, as height x width x channels."""
    return np.ascontiguousarray(tensor[0][..., None] if tensor.ndim == 3 else tensor[0].transpose(1, 2, 0))
