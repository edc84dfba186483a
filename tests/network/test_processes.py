"""Two processes train as one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from fastscnn.errors import UsageError
from fastscnn.network.processes import Processes, joined
from tests.data import sets
from tests.network import two_processes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.lesson(tmp_path_factory.mktemp("lesson"))


def run(data: Path, out: Path, what: str) -> dict[str, Any]:
    """Two processes under torchrun; what the first one found."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launcher, "-m", "tests.network.two_processes", str(data), str(out), what],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = torch.load(out, weights_only=True)
    assert found.pop("world") == 2
    return found


def test_gradients_with_frozen_norm_are_those_of_one_process(data: Path, tmp_path: Path) -> None:
    together = run(data, tmp_path / "gradients.pt", "gradients")
    alone = two_processes.gradients(data, Processes())
    assert together.keys() == alone.keys()
    for name, value in alone.items():
        scale = value.abs().max()
        assert scale > 0, name
        assert (together[name] - value).abs().max() <= 1e-4 * scale, name


def test_with_live_norm_two_processes_learn_as_well_as_one(data: Path, tmp_path: Path) -> None:
    together = run(data, tmp_path / "score.pt", "training")["miou"]
    alone = two_processes.training(data, Processes())["miou"]
    assert alone is not None
    assert alone > 0.8
    assert together > alone - 0.05


def test_without_torchrun_there_is_one_process() -> None:
    with joined() as processes:
        assert processes == Processes(rank=0, world=1, device="cpu")
        assert processes.first


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_an_absent_device_is_named() -> None:
    with pytest.raises(UsageError, match="CUDA"), joined("cuda"):
        pass
