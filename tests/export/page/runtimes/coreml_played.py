"""coremltools as on a Mac, played by our evaluator of the saved program."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from export.formats.coreml.run import EvaluatorRunner, load
from fastscnn.graph.graph import Array


class MLModel:
    def __init__(self, path: str) -> None:
        runner = load(Path(path))
        assert isinstance(runner, EvaluatorRunner)
        self.runner = runner

    def predict(self, given: dict[str, Array | Image.Image]) -> dict[str, Array]:
        (name,) = given
        assert name == self.runner.input.name
        value = given[name]
        feed = np.asarray(value) if isinstance(value, Image.Image) else value[0].transpose(1, 2, 0)
        result = self.runner.run(feed)[self.runner.output.name]
        planes = result[..., 0] if self.runner.output.layout == "NHW" else result.transpose(2, 0, 1)
        return {self.runner.output.name: planes[np.newaxis]}


played: Any = SimpleNamespace(models=SimpleNamespace(MLModel=MLModel))
