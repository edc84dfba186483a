"""Outputs of artifacts, on the machine where this file runs, which knows numpy and a runtime.

    python3 infer.py RUNTIME JOBS.json

JOBS.json is a list of {"artifact", "picture", "output", "runs", "settings"}: the picture is an .npy file with
RGB bytes, the output becomes one. Around each run but the first a file descriptor is closed that nobody has
open: an emulator that counts instructions sees it (counter.c).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

MARK = 0x7EADBEEF
MODULES = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
    "onnxruntime": "onnxruntime",
}


class Tflite:
    def __init__(self, module: Any, path: str, settings: dict[str, str]) -> None:
        self._interpreter = module.Interpreter(model_path=path, num_threads=1)
        self._interpreter.allocate_tensors()
        (detail,) = self._interpreter.get_input_details()
        self._index = detail["index"]
        self.shape, self.dtype = [int(n) for n in detail["shape"]], detail["dtype"]
        self.run: Callable[[], Any] = self._interpreter.invoke

    def feed(self, array: Any) -> None:
        self._interpreter.set_tensor(self._index, array)

    def output(self) -> Any:
        (detail,) = self._interpreter.get_output_details()
        return self._interpreter.get_tensor(detail["index"])


class Onnx:
    def __init__(self, module: Any, path: str, settings: dict[str, str]) -> None:
        options = module.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        for name, value in settings.items():
            if name == "optimisation":
                options.graph_optimization_level = getattr(module.GraphOptimizationLevel, value)
            else:
                options.add_session_config_entry(name, value)
        self._session = module.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (self._input,) = self._session.get_inputs()
        self.shape = list(self._input.shape)
        self.dtype = np.dtype({"tensor(float)": "float32", "tensor(uint8)": "uint8"}[self._input.type]).type

    def feed(self, array: Any) -> None:
        self._array = array

    def run(self) -> None:
        (self._output,) = self._session.run(None, {self._input.name: self._array})

    def output(self) -> Any:
        return self._output


def fitted(picture: Any, shape: list[int], dtype: Any) -> Any:
    """RGB bytes as the artifact takes them: in its order of axes, with its alpha channel, in its type."""
    if 4 in (shape[1], shape[3]):
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    if shape[1] in (3, 4):
        picture = picture.transpose(2, 0, 1)
    return np.ascontiguousarray(picture[None].astype(dtype))


def do(session: Any, job: dict[str, Any]) -> None:
    session.feed(fitted(np.load(job["picture"]), session.shape, session.dtype))
    session.run()
    for _ in range(job["runs"] - 1):
        mark()
        session.run()
        mark()
    np.save(job["output"], session.output())


def mark() -> None:
    with contextlib.suppress(OSError):
        os.close(MARK)


def main(runtime: str, jobs: str) -> None:
    kind: Any = Onnx if runtime == "onnxruntime" else Tflite
    module = importlib.import_module(MODULES[runtime])
    for job in json.loads(Path(jobs).read_text()):
        do(kind(module, job["artifact"], job["settings"]), job)


if __name__ == "__main__":
    main(*sys.argv[1:])
