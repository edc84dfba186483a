"""Every operator in every way, by two sets of kernels, against the oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.formats.tflite import read, run, write
from fastscnn.graph import reference
from fastscnn.graph.graph import Activation, Argmax, Conv, Graph, Padding, Pair
from tests.graphs import ODD, Builder, halved, info_of, picture, single
from tests.operator_graphs import operator_graphs

EVEN = (64, 96)
TOLERANCE = 4e-6
"""Of the values' range: sums in another order, positions of a resize in float32."""
GRAPHS = operator_graphs()
DELEGATES: tuple[run.Delegate, ...] = ("xnnpack", "builtin")


def written(folder: Path, graph: Graph, size: Pair) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(write.write(graph, size, info_of(4)))
    return path


def assert_computes(folder: Path, graph: Graph, size: Pair) -> run.Runner:
    """Both sets of kernels agree with the oracle; gives XNNPACK's runner."""
    feed = picture(size, graph.input.operator.channels)  # type: ignore[attr-defined]
    expected = reference.run(graph, feed)[graph.output]
    path = written(folder, graph, size)
    runners = [run.load(path, delegate=delegate) for delegate in DELEGATES]
    for runner in runners:
        result = runner.run(feed)[graph.output]
        assert result.shape == expected.shape
        assert result.dtype == expected.dtype
        span = max(float(np.ptp(expected)), float(np.ptp(feed)))
        assert np.abs(result - expected).max() <= TOLERANCE * span, runner.runtime
    return runners[0]


@pytest.mark.parametrize("size", [ODD, EVEN], ids=["odd", "even"])
@pytest.mark.parametrize("name", GRAPHS)
def test_an_operator_computes_what_the_oracle_does(tmp_path: Path, name: str, size: Pair) -> None:
    graph = GRAPHS[name]
    runner = assert_computes(tmp_path, graph, size)
    if not isinstance(graph[graph.output].operator, Argmax):
        assert runner.delegation() == run.Delegation(1, ())


@pytest.mark.parametrize("name", [name for name in GRAPHS if name.startswith("conv")])
def test_half_weights_are_stored_so_and_computed_in_float(tmp_path: Path, name: str) -> None:
    graph = halved(GRAPHS[name])
    runner = assert_computes(tmp_path, graph, ODD)
    assert runner.contents.weights["logits"].dtype == np.float16
    assert runner.contents.biases["logits"].dtype == np.float16
    assert runner.output.dtype == "float32"
    assert runner.delegation() == run.Delegation(1, ())


def test_grouped_convolutions_and_depth_multipliers(tmp_path: Path) -> None:
    b = Builder(6)
    x = b.conv("grouped", "image", 9, 3, groups=3, padding=1)
    b.conv("logits", x, 18, 3, groups=9, stride=2, padding=1)
    assert_computes(tmp_path, b.graph("logits"), ODD)


def test_an_activation_that_does_nothing_still_gives_its_tensor(tmp_path: Path) -> None:
    assert_computes(tmp_path, single(Activation("none"), 3), EVEN)


@pytest.mark.parametrize(
    ("size", "padding", "pads"),
    [
        # an even side: TensorFlow puts SAME's one zero after, torch before
        ((64, 64), Padding.all(1), 1),
        # an odd side: both need one on each side
        ((65, 67), Padding.all(1), 0),
        ((64, 64), Padding(0, 1, 0, 1), 0),
        ((65, 67), Padding(), 0),
    ],
)
def test_a_pad_is_written_only_where_same_is_not_torchs(
    tmp_path: Path, size: Pair, padding: Padding, pads: int
) -> None:
    b = Builder()
    b.conv("logits", "image", 4, 3, stride=2, padding=padding)
    graph = b.graph("logits")
    assert_computes(tmp_path, graph, size)
    assert read.read(written(tmp_path, graph, size)).operators.get("PAD", 0) == pads


def test_a_wrong_weight_would_be_seen(tmp_path: Path) -> None:
    """The comparison above can fail: the oracle is given another graph than the file."""
    graph = GRAPHS["conv 1x1"]
    node = graph["logits"]
    assert isinstance(node.operator, Conv)
    wrong = replace(node, operator=replace(node.operator, weight=node.operator.weight[::-1]))
    feed = picture(EVEN)
    expected = reference.run(Graph((graph.input, wrong), "logits"), feed)["logits"]
    result = run.load(written(tmp_path, graph, EVEN)).run(feed)["logits"]
    assert np.abs(result - expected).max() > 1e-2 * np.ptp(expected)
