"""PyTorch in a process of its own: the same logits, the same errors, and an end that is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export import pictures, source
from export.aside import Aside
from export.forms import Form
from export.request import Request
from export.torch_reference import TorchReference
from fastscnn.errors import CheckpointError, ParityError

SIZE = (64, 96)
FORM = Form(SIZE, "int8", "image", "logits", 8, False, "uint8", False, False)
EMBEDDED = Request(formats=("tflite",), precision="int8", size=SIZE)


@pytest.mark.slow
def test_it_computes_what_this_process_would() -> None:
    aside = Aside(EMBEDDED)
    seen = [(path.name, pictures.opened(path, SIZE)) for path in pictures.embedded()[:2]]
    aside.ask(seen, FORM)
    loaded = source.checkpoint(EMBEDDED)
    own = TorchReference(loaded.network, loaded.info)
    for name, pixels in seen:
        expected = own.expect(name, pixels, FORM.stride, FORM.precision).logits
        # the number of threads may be another there
        np.testing.assert_allclose(aside.logits(), expected, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_its_errors_are_raised_here(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(b"no checkpoint at all")
    aside = Aside(Request(formats=("tflite",), checkpoint=tmp_path / "net.pth"))
    with pytest.raises(CheckpointError, match=r"net\.pth"):
        aside.logits()


def test_an_end_without_an_answer_delivers_nothing() -> None:
    aside = Aside(EMBEDDED)
    aside._process.kill()
    aside.ask([("black", np.zeros((*SIZE, 3), np.uint8))], FORM)
    with pytest.raises(ParityError, match="without its logits"):
        aside.logits()


@pytest.mark.slow
def test_the_command_compares_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "export.cli", "--format", "tflite", "--int8", "--size", "64x96"]
    done = subprocess.run([*command, "--out", tmp_path, "--json"], capture_output=True, text=True, check=True)
    (artifact,) = json.loads(done.stdout)["artifacts"]
    assert artifact["parity"]["label_agreement_against"] == "PyTorch, float32"
    assert artifact["parity"]["label_agreement"] > 0.9
