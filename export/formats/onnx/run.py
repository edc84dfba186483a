"""An ONNX file on disk in onnxruntime on the CPU, any of its tensors tapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ModelProto, ValueInfoProto

from export.formats.onnx.read import borders, parse
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array

QUIET = 4


class OnnxRunner:
    """One file in onnxruntime. Tapped tensors become outputs of a copy in memory."""

    def __init__(self, model: ModelProto, path: Path | str, optimise: bool, threads: int) -> None:
        self.input, self.output = borders(model, path)
        self.runtime = (
            f"onnxruntime {onnxruntime.__version__}, CPU, optimisation {'on' if optimise else 'off'},"
            f" {threads} thread{'' if threads == 1 else 's'}"
        )
        self._model = model
        self._path = path
        self._options = _options(optimise, threads)
        self._tensors = {node.output[0] for node in model.graph.node}
        self._sessions: dict[tuple[str, ...], onnxruntime.InferenceSession] = {}
        self._session(())

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        names = tuple(dict.fromkeys((self.output.name, *taps)))
        session = self._session(
            tuple(name for name in names if name not in (self.output.name, self.input.name))
        )
        batch = np.ascontiguousarray(feed.transpose(2, 0, 1)[None].astype(self.input.dtype, copy=False))
        computed = [name for name in names if name != self.input.name]
        results = dict(zip(computed, session.run(computed, {self.input.name: batch}), strict=True))
        return {name: feed if name == self.input.name else _map(results[name]) for name in names}

    def _session(self, taps: tuple[str, ...]) -> onnxruntime.InferenceSession:
        if taps not in self._sessions:
            unknown = [name for name in taps if name not in self._tensors]
            if unknown:
                raise ArtifactError(
                    f"{self._path} has no tensor {', '.join(unknown)}.", "Name a layer of the network."
                )
            model = self._model
            if taps:
                model = ModelProto()
                model.CopyFrom(self._model)
                model.graph.output.extend(ValueInfoProto(name=name) for name in taps)
            try:
                session = onnxruntime.InferenceSession(
                    model.SerializeToString(), self._options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:  # onnxruntime has no common class of its own
                reason = str(error).strip().splitlines()[0]
                raise ArtifactError(
                    f"onnxruntime cannot open {self._path}: {reason}", "Export it again."
                ) from error
            self._sessions[taps] = session
        return self._sessions[taps]


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
