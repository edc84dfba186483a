"""Files of anybody's, told apart by what they take and give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.opened import Integers, opened
from export.forms import Form
from tests.export.models import SIZE, artifact


@pytest.mark.parametrize("stride", [1, 8])
@pytest.mark.parametrize("format", ["tflite", "onnx"])
def test_axes_are_found_by_the_pictures_sides(tmp_path: Path, format: str, stride: int) -> None:
    form = Form(SIZE, input="tensor", stride=8 if stride == 8 else 1)
    network = opened(artifact(tmp_path, format, form), 1)
    planar = format == "onnx"
    assert (network.channels, network.planar_input, network.planar) == (3, planar, planar)
    shape = (3, *SIZE) if planar else (*SIZE, 3)
    logits = network.run(np.zeros(shape, np.float32))
    sides = logits.shape[1:] if planar else logits.shape[:2]
    assert sides == (-(-SIZE[0] // stride), -(-SIZE[1] // stride))


def test_borders_of_integers_are_known(int8_tflite: Path, tflite: Path) -> None:
    network = opened(int8_tflite, 1)
    assert network.takes == Integers("uint8", 1.0, 0)
    assert network.gives is not None
    assert network.gives.dtype == "int8"
    assert opened(tflite, 1).gives is None


def test_numbers_are_rounded_to_even_and_clamped() -> None:
    border = Integers("int8", 0.5, -10)
    values = np.array([0.25, 0.75, 100.0, -100.0], np.float32)
    assert border.of(values).tolist() == [-10, -8, 127, -128]
    assert border.floats(np.array([-8, 127], np.int8)).tolist() == [1.0, 68.5]
