"""Any .tflite or .onnx file in its runtime, by what it takes and gives: ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

Array = np.ndarray
STRIDES = (1, 8)
"""Of the maps that a network for segmentation gives, here."""


@dataclass(frozen=True)
class Integers:
    """What the numbers of a file's border stand for: (number - zero_point) * scale."""

    dtype: str
    scale: float
    zero_point: int

    def of(self, values: Array) -> Array:
        limits = np.iinfo(self.dtype)
        steps = np.rint(values / np.float32(self.scale)) + self.zero_point
        return steps.clip(limits.min, limits.max).astype(self.dtype)

    def floats(self, numbers: Array) -> Array:
        return (numbers.astype(np.float32) - self.zero_point) * np.float32(self.scale)


@dataclass(frozen=True)
class Opened:
    """A network without a batch."""

    run: Callable[[Array], Array]
    channels: int
    """Of its input."""
    planar_input: bool
    """Channels first."""
    planar: bool
    """Its output's."""
    takes: Integers | None
    """None: floats, or numbers that stand for themselves."""
    gives: Integers | None


def opened(file: Path, threads: int) -> Opened:
    return (_onnx if file.suffix == ".onnx" else _tflite)(file, threads)


def _tflite(file: Path, threads: int) -> Opened:
    interpreter = import_module("ai_edge_litert.interpreter").Interpreter(
        model_path=str(file), num_threads=threads
    )
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(tensor: Array) -> Array:
        interpreter.set_tensor(given["index"], tensor[None])
        interpreter.invoke()
        logits: Array = interpreter.get_tensor(taken["index"])[0]
        return logits

    borders = (_integers(np.dtype(detail["dtype"]), *detail["quantization"]) for detail in (given, taken))
    return Opened(run, *_axes(tuple(given["shape"]), tuple(taken["shape"])), *borders)


def _onnx(file: Path, threads: int) -> Opened:
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 4
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (given,), (taken,) = session.get_inputs(), session.get_outputs()

    def run(tensor: Array) -> Array:
        logits: Array = session.run(None, {given.name: tensor[None]})[0][0]
        return logits

    return Opened(run, *_axes(tuple(given.shape), tuple(taken.shape)), None, None)


def _integers(dtype: np.dtype, scale: float, zero_point: int) -> Integers | None:
    return Integers(dtype.name, float(scale), int(zero_point)) if dtype.kind in "iu" and scale else None


def _axes(given: tuple[int, ...], taken: tuple[int, ...]) -> tuple[int, bool, bool]:
    """The input's channels; whether they come first in the input and in the output, by a picture's sides."""
    planar = given[1] in (3, 4)
    channels, height, width = given[1:] if planar else (given[3], *given[1:3])
    maps = {(-(-height // stride), -(-width // stride)) for stride in STRIDES}
    return int(channels), planar, tuple(taken[1:3]) not in maps
