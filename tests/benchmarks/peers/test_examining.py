"""Files of anybody's are judged beside the float network; a broken one takes nobody with it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.peers import building, examining
from benchmarks.peers.contract import Kit
from benchmarks.peers.examining import Judging
from benchmarks.peers.made import Made
from benchmarks.peers.routes import onnxruntime_static
from tests.benchmarks.peers.played import played


def judging(kit: Kit, folder: Path) -> Judging:
    return Judging(kit, None, None, folder / "judged", 120)


def test_the_float_network_agrees_with_itself_and_garbage_does_not_run(kit: Kit, tmp_path: Path) -> None:
    made = [played(name, kit, tmp_path) for name in ("good", "garbage")]
    said: list[str] = []
    found = examining.examine(made, judging(kit, tmp_path), said.append)
    assert found["good"]["agreement"] == 1
    assert found["good"]["pictures"] == 2
    assert found["good"]["miou"] is None, "street photographs have no masks"
    assert found["good"]["in_float"] == found["good"]["operators"] > 50
    assert found["good"]["weights_alike"] == 0
    assert found["garbage"]["error"].startswith("its file does not run: ")
    assert len(said) == 3
    said.clear()
    assert examining.examine(made, judging(kit, tmp_path), said.append) == found
    assert said == [], "what was judged once stands"


@pytest.mark.slow
def test_a_real_peer_is_written_and_judged(kit: Kit, tmp_path: Path) -> None:
    """onnxruntime's quantizer is in this environment too."""
    began = Made("real", onnxruntime_static.PEER.title, None)
    route, python = onnxruntime_static.__name__, Path(sys.executable)
    made = building.written(began, python, route, kit, tmp_path, ".onnx", 300)
    assert made.error == ""
    found = examining.examine([made], judging(kit, tmp_path), lambda text: None)["real"]
    assert found["agreement"] > 0.8, "two photographs calibrate it, on 64x96 pixels"
    assert 0 < found["in_float"] < found["operators"]
    assert found["convolutions"] == 45
