"""Files in runtimes: taps, refusals, what is said about the runtime."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from export.formats.tflite import run, write
from fastscnn.errors import MissingPackageError
from fastscnn.graph import reference
from tests.graphs import ODD, fast_scnn, halved, info_of, picture

GRAPH = fast_scnn(affine=True)
NAMES = [node.name for node in GRAPH]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "model.tflite"
    path.write_bytes(write.write(GRAPH, ODD, info_of(19)))
    return path


@pytest.mark.parametrize("delegate", ["xnnpack", "builtin"])
def test_every_node_can_be_tapped(path: Path, delegate: run.Delegate) -> None:
    feed = picture(ODD, low=0, high=255)
    runner = run.load(path, delegate=delegate)
    alone = runner.run(feed)["logits"]
    found, expected = runner.run(feed, NAMES), reference.run(GRAPH, feed, NAMES)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].shape == tensor.shape
        assert np.abs(found[name] - tensor).max() <= 1e-5 * np.ptp(tensor), name
    assert np.array_equal(found["logits"], alone)


def test_taps_leave_the_delegate_whole(path: Path) -> None:
    runner = run.load(path)
    runner.run(picture(ODD), ["pyramid.concat", "fusion.add"])
    assert runner.delegation() == run.Delegation(1, ())


def test_builtin_kernels_are_really_used(path: Path) -> None:
    delegation = run.load(path, delegate="builtin").delegation()
    assert delegation.partitions == 0
    assert "CONV_2D" in delegation.outside


def test_runs_repeat_with_and_without_taps(path: Path) -> None:
    runner = run.load(path, threads=2)
    feed = picture(ODD, low=0, high=255)
    first = runner.run(feed)["logits"]
    assert not np.array_equal(runner.run(feed[::-1])["logits"], first)
    runner.run(feed, ["fusion.add"])
    assert np.array_equal(runner.run(feed)["logits"], first)
    assert runner.run(feed).keys() == {"logits"}


def test_the_runtime_names_itself(path: Path) -> None:
    assert run.load(path).runtime.startswith("ai-edge-litert 2.")
    assert run.load(path).runtime.endswith(", XNNPACK, 1 thread")
    assert run.load(path, delegate="builtin", threads=2).runtime.endswith(", builtin kernels, 2 threads")


def test_loading_and_running_print_nothing(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run.load(path).run(picture(ODD))
    assert capfd.readouterr() == ("", "")
    print("still there", file=sys.stderr)
    assert capfd.readouterr().err == "still there\n"


def test_a_feed_of_another_size_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="takes"):
        run.load(path).run(picture((97, 130)))


def test_a_tap_that_is_no_tensor_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        run.load(path).run(picture(ODD), ["nowhere"])


def test_a_runtime_that_is_not_installed_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        run.PACKAGES, "tflite-runtime", run._Package("tflite-runtime", "no.such", "Install it.")
    )
    with pytest.raises(MissingPackageError, match="tflite-runtime is not installed"):
        run.load(path, runtime="tflite-runtime")


@pytest.mark.skipif(find_spec("tflite_runtime") is None, reason="tflite-runtime is not installed")
@pytest.mark.parametrize("delegate", ["xnnpack", "builtin"])
@pytest.mark.parametrize("variant", ["fp32", "fp16", "max"])
def test_the_old_runtime_agrees(tmp_path: Path, variant: str, delegate: run.Delegate) -> None:
    """Release 2.14 is on phones that no update reaches."""
    graph = {
        "fp32": GRAPH,
        "fp16": halved(GRAPH),
        "max": fast_scnn(affine=True, pool="max", align_corners=False, first_padding=1),
    }[variant]
    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(graph, ODD, info_of(19)))
    feed = picture(ODD, low=0, high=255)
    expected = reference.run(graph, feed)["logits"]
    runner = run.load(path, runtime="tflite-runtime", delegate=delegate)
    assert runner.runtime.startswith("tflite-runtime 2.14")
    assert np.abs(runner.run(feed)["logits"] - expected).max() <= 1e-5 * np.ptp(expected)
