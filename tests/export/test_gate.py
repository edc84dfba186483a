"""Runtimes that gate must agree; those only reported may be missing, refuse the file, or differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from export.bundle import Staged
from export.formats import Format
from export.formats.base import Runner, Tensor
from export.forms import Form
from export.gate import open_judge
from export.torch_reference import Expected
from fastscnn.errors import ArtifactError, MissingPackageError, ParityError
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Graph
from tests.graphs import fast_scnn, info_of

SIZE = (64, 96)
ARTIFACT = Staged("a.x", Path("a.x"), "", 0)
PIXELS = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
IMAGE = Tensor("image", (1, *SIZE, 3), "float32", "NHWC")
LOGITS = Tensor("logits", (1, *SIZE, 19), "float32", "NHWC")


@dataclass
class Shifted:
    """A runtime that is off by a constant."""

    graph: Graph
    shift: float
    runtime: str = "numpy"
    input: Tensor = IMAGE
    output: Tensor = LOGITS

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        results = reference.run(self.graph, feed, taps)
        return {name: value + np.float32(self.shift) for name, value in results.items()}


def judged(graph: Graph, gates: list[Any], reported: list[Any]) -> dict[str, Any]:
    """The verdict of a room whose runtimes are these: a shift each, or the error that opening them raises."""

    def load(path: Path, *, threads: int, opened: Any) -> Runner:
        if isinstance(opened, Exception):
            raise opened
        return Shifted(graph, opened)

    room = SimpleNamespace(
        room=lambda verb: SimpleNamespace(load=load),
        gates=[{"opened": one} for one in gates],
        reported=[{"opened": one} for one in reported],
    )
    logits = reference.run(graph, PIXELS.astype(np.float32))[graph.output]
    expected = Expected("street.jpg", logits, float(np.ptp(logits)), 1e-5, lambda: 0.0)
    judge = open_judge(cast(Format, room), ARTIFACT, graph)
    judge.judge(expected, PIXELS, Form(SIZE), info_of(19))
    return judge.verdict()


@pytest.fixture(scope="module")
def graph() -> Graph:
    return fast_scnn()


def test_all_runtimes_that_gate_must_agree(graph: Graph) -> None:
    assert judged(graph, [0.0, 0.0], [])["verdict"] == "passed"
    with pytest.raises(ParityError, match=r"a\.x"):
        judged(graph, [0.0, 1000.0], [])


def test_a_reported_runtime_that_differs_is_said_and_does_not_gate(graph: Graph) -> None:
    verdict = judged(graph, [0.0], [1000.0])
    assert verdict["verdict"] == "passed"
    assert [(seat["gate"], seat["verdict"]) for seat in verdict["runtimes"]] == [
        (True, "passed"),
        (False, "differs"),
    ]


def test_a_reported_runtime_that_is_missing_is_left_out(graph: Graph) -> None:
    assert len(judged(graph, [0.0], [MissingPackageError("no such package")])["runtimes"]) == 1


def test_a_reported_runtime_that_refuses_the_file_is_said(graph: Graph) -> None:
    seat = judged(graph, [0.0], [ArtifactError("too old")])["runtimes"][1]
    assert (seat["gate"], seat["verdict"], seat["message"]) == (False, "cannot open", "too old")


def test_a_gating_runtime_that_refuses_the_file_is_an_error(graph: Graph) -> None:
    with pytest.raises(ArtifactError):
        judged(graph, [ArtifactError("damaged")], [])
