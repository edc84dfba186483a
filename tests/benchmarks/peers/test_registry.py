"""Every peer says what it is without its packages, and what it needs is pinned."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from benchmarks.peers import registry
from benchmarks.peers.environment import REQUIREMENTS

HEAVY = ("torch", "tensorflow", "onnxruntime", "coremltools", "litert_quantizer", "litert_torch", "onnx2tf")


def test_nothing_heavy_is_imported_to_know_them() -> None:
    code = (
        "import json, sys; from benchmarks.peers import registry; registry.known();"
        " print(json.dumps(sorted(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not set(HEAVY) & set(json.loads(printed))


@pytest.mark.parametrize("name", registry.names())
def test_what_a_peer_needs_is_pinned(name: str) -> None:
    peer = registry.known()[name]
    lines = (REQUIREMENTS / f"{peer.environment}.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    assert all(re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", line) for line in wanted), wanted
    named = {line.partition("==")[0].partition("[")[0] for line in wanted}
    # the first of one that comes from a clone is the clone
    told = set(peer.packages[1:] if peer.clone else peer.packages)
    assert told <= named, "the versions that the table tells are those that are pinned"


def test_torch_is_one_version_for_all() -> None:
    """Another would be gigabytes more."""
    found = {
        line
        for path in REQUIREMENTS.glob("*.txt")
        for line in path.read_text().splitlines()
        if line.startswith("torch==")
    }
    assert found == {"torch==2.13.0"}
