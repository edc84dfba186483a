"""onnxruntime as a room's runner: the maps of the Graph, any of them, by the names of its nodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from export.formats.base import Runner
from export.formats.onnx.run import load
from export.formats.onnx.write import write
from fastscnn.errors import ArtifactError
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph
from tests.graphs import ODD, fast_scnn, halved, info_of, picture, with_labels
from tests.operator_graphs import operator_graphs

NETWORK = fast_scnn(affine=True, first_padding=1)
FEED = picture(ODD, low=0, high=255)


def saved(graph: Graph, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(write(graph, ODD, info_of(19)))
    return path


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("optimise", [False, True])
def test_every_node_can_be_tapped(half: bool, optimise: bool, tmp_path: Path) -> None:
    graph = halved(NETWORK) if half else NETWORK
    names = [node.name for node in graph]
    runner = load(saved(graph, tmp_path), optimise=optimise)
    expected, results = reference.run(graph, FEED, names), runner.run(FEED, names)
    assert set(results) == set(names)
    for name in names:
        assert results[name].shape == expected[name].shape
        spread = float(np.ptp(expected[name]))
        assert np.abs(results[name] - expected[name]).max() <= (5e-3 if half else 1e-5) * spread, name


def test_taps_leave_the_file_and_the_next_run_alone(tmp_path: Path) -> None:
    path = saved(NETWORK, tmp_path)
    before = path.read_bytes()
    runner = load(path)
    plain = runner.run(FEED)
    tapped = runner.run(FEED, ["pyramid.pool6"])
    assert set(plain) == {"logits"}
    assert set(tapped) == {"logits", "pyramid.pool6"}
    np.testing.assert_array_equal(plain["logits"], tapped["logits"])
    np.testing.assert_array_equal(plain["logits"], runner.run(FEED)["logits"])
    assert path.read_bytes() == before


def test_labels_are_a_map_of_one_channel(tmp_path: Path) -> None:
    runner = load(saved(with_labels(NETWORK), tmp_path))
    assert runner.run(FEED)["labels"].shape == (*ODD, 1)


def test_says_which_runtime_and_setting_it_is(tmp_path: Path) -> None:
    path = saved(NETWORK, tmp_path)
    runner: Runner = load(path)
    assert runner.runtime == f"onnxruntime {onnxruntime.__version__}, CPU, optimisation off, 1 thread"
    assert "optimisation on, 2 threads" in load(path, optimise=True, threads=2).runtime


def test_an_unknown_layer_is_refused_by_name(tmp_path: Path) -> None:
    runner = load(saved(NETWORK, tmp_path))
    with pytest.raises(ArtifactError, match="telepathy"):
        runner.run(FEED, ["telepathy"])


def test_a_feed_of_another_size_is_refused(tmp_path: Path) -> None:
    runner = load(saved(NETWORK, tmp_path))
    with pytest.raises(ArtifactError, match="cannot run"):
        runner.run(FEED[1:])


def test_a_model_that_onnxruntime_cannot_build_is_refused_quietly(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = saved(operator_graphs()["conv 1x1"], tmp_path)
    whole = path.read_bytes()
    for operator in (b"Relu", b"Cast"):
        path.write_bytes(whole.replace(b"Conv", operator))
        with pytest.raises(ArtifactError, match="cannot open"):
            load(path)
    assert capfd.readouterr() == ("", "")
