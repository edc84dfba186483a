"""The original implementations' own outputs: eight public layouts, in PyTorch and in every exported file."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from export.cli import main
from export.formats import FORMATS
from fastscnn.graph.graph import Array
from fastscnn.network import checkpoint
from quantize.cli import main as quantize
from tests.quantize import scenes

SHARED = Path(__file__).parent.parent.parent / "shared" / "checkpoints"
CASES = sorted((SHARED / "cases").glob("*.json"))

pytestmark = pytest.mark.skipif(
    not CASES, reason="the original implementations' outputs are not beside the repo"
)


def synthesizer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("synthesize", SHARED / "synthesize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Case:
    """One checkpoint as its training script saved it, its input, and logits of the original."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.content: dict[str, Any] = json.loads(path.read_text())
        made = synthesizer()
        tensors = {name: torch.from_numpy(np.array(v)) for name, v in made.state_dict(self.content).items()}
        self.path = folder / f"{path.stem}.pth"
        torch.save(made.wrap(tensors, self.content["wrapper"]), self.path)
        self.input: Array = made.network_input(self.content)
        self.eighth = self.content["output_shape"][2] * 8 == self.content["input_shape"][2]

    def worst(self, logits: Array) -> float:
        """Largest difference over the samples, as a share of the logits' standard deviation."""
        samples = np.asarray(self.content["samples"])
        channel, row, column = samples[:, :3].astype(int).T
        return float(np.abs(logits[row, column, channel] - samples[:, 3]).max() / self.content["output_std"])


@pytest.fixture(scope="module", params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("checkpoint"))


def test_pytorch_gives_the_original_s_logits(case: Case) -> None:
    loaded = checkpoint.load(case.path)
    assert loaded.layout == case.content["layout"] or case.content["layout"] == "xiaoyufenfei"
    with torch.inference_mode():
        logits = loaded.network(torch.from_numpy(case.input))
    assert list(logits.shape) == case.content["output_shape"]
    assert case.worst(logits[0].permute(1, 2, 0).numpy()) <= 1e-5


@pytest.mark.slow
def test_every_exported_file_gives_the_original_s_logits(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    height, width = case.content["input_shape"][2:]
    stride = ["--stride", "8"] if case.eighth else []
    arguments = [str(case.path), "--input", "tensor", "--size", f"{height}x{width}", *stride]
    assert main([*arguments, "--out", str(tmp_path), "--quiet"]) == 0
    for format in FORMATS.values():
        runner = format.room("run").load(next(tmp_path.glob(f"*{format.suffix}")))
        output = runner.run(case.input[0].transpose(1, 2, 0))["logits"]
        assert case.worst(output) <= 1e-4, format.name


@pytest.mark.slow
def test_its_integers_are_decided_and_spelled_in_every_format(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of untrained networks: every layer is proved in its runtime, labels are not judged."""
    photographs = scenes.photographs(tmp_path / "photographs", 8)
    quantized = tmp_path / "net.int8.safetensors"
    options = ["--data", str(photographs), "--size", "96x160", "--min-agreement", "0"]
    assert quantize([str(case.path), *options, "--out", str(quantized), "--quiet"]) == 0
    assert main([str(quantized), "--min-agreement", "0", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    for format in FORMATS.values():
        contents = format.room("read").read(next((tmp_path / "out").glob(f"*{format.suffix}")))
        assert contents.quants
        assert not contents.floats
