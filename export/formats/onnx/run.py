"""An ONNX file on disk in onnxruntime on the CPU, any of its tensors tapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import ModelProto, ValueInfoProto

from export.formats.onnx.read import borders, parse, wired
from export.formats.onnx.runtime import onnxruntime
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array

QUIET = 4


class OnnxRunner:
    """One file in onnxruntime. Tapped tensors become outputs of a copy in memory."""

    def __init__(self, model: ModelProto, path: Path | str, optimise: bool, threads: int) -> None:
        self.runtime = (
            f"onnxruntime {onnxruntime.__version__}, CPU, optimisation {'on' if optimise else 'off'},"
            f" {threads} thread{'' if threads == 1 else 's'}"
        )
        self._model = model
        self._path = path
        self._options = _options(optimise, threads)
        self._tensors = {name for node in model.graph.node for name in node.output}
        self._untapped = self._open(model)
        self.input, self.output = borders(wired(model, path), path)
        self._tapped: tuple[tuple[str, ...], onnxruntime.InferenceSession] = ((), self._untapped)

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        names = tuple(dict.fromkeys((self.output.name, *taps)))
        computed = tuple(name for name in names if name != self.input.name)
        batch = self._batch(feed)
        session = self._session(computed[1:])
        try:
            values = session.run(computed, {self.input.name: batch})
        except Exception as error:  # onnxruntime has no class of its own for its errors
            raise self._refusal("run", error) from error
        results = {name: _map(value) for name, value in zip(computed, values, strict=True)}
        return {name: results.get(name, feed) for name in names}

    def _batch(self, feed: Array) -> Array:
        """The feed in the input's order of axes and in its type."""
        entered = feed.astype(self.input.dtype, copy=False)
        if entered.dtype.kind in "iu" and not np.array_equal(entered, feed):
            raise ArtifactError(
                f"{self._path} takes {self.input.dtype} numbers, and was given others.",
                "Quantize them with the input's scale and zero point first.",
            )
        ordered = entered if self.input.layout == "NHWC" else entered.transpose(2, 0, 1)
        return np.ascontiguousarray(ordered[None])

    def _session(self, taps: tuple[str, ...]) -> onnxruntime.InferenceSession:
        """One that gives these tensors too; of tapped ones only the last is kept."""
        unknown = [name for name in taps if name not in self._tensors]
        if unknown:
            raise ArtifactError(
                f"{self._path} has no tensor called {', '.join(unknown)}.", "Name a layer of the network."
            )
        if not taps:
            return self._untapped
        if self._tapped[0] != taps:
            model = ModelProto()
            model.CopyFrom(self._model)
            model.graph.output.extend(ValueInfoProto(name=name) for name in taps)
            self._tapped = (taps, self._open(model))
        return self._tapped[1]

    def _open(self, model: ModelProto) -> onnxruntime.InferenceSession:
        try:
            # Its fallback to other providers would print on stdout, where --json stands alone.
            return onnxruntime.InferenceSession(
                model.SerializeToString(),
                self._options,
                providers=["CPUExecutionProvider"],
                enable_fallback=False,
            )
        except Exception as error:  # onnxruntime has no class of its own for its errors
            raise self._refusal("open", error) from error

    def _refusal(self, verb: str, error: Exception) -> ArtifactError:
        reason = str(error).strip().splitlines()[0]
        return ArtifactError(
            f"onnxruntime cannot {verb} {self._path}: {reason}",
            "Export it again with fastscnn-export --format onnx; fastscnn-doctor shows if its runtime works.",
        )


def load(path: Path | str, *, optimise: bool = False, threads: int = 1) -> OnnxRunner:
    """Without optimisation every operator runs as written; with it, as users run the file."""
    return OnnxRunner(parse(path), path, optimise, threads)


def _options(optimise: bool, threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    return options


def _map(batch: Array) -> Array:
    """Height x width x channels from a batch of one; labels have no channels."""
    image = batch[0]
    return np.ascontiguousarray(image[..., None] if image.ndim == 2 else image.transpose(1, 2, 0))
