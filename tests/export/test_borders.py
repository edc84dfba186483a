"""An artifact's tensors, understood from the artifact itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export import borders
from export.formats.base import Contents, Tensor
from fastscnn.errors import ArtifactError
from fastscnn.info import ModelInfo

FILE = Path("net.onnx")


def contents(output: Tensor, classes: int = 2) -> Contents:
    info = ModelInfo("", tuple(f"c{i}" for i in range(classes)), ((0, 0, 0),) * classes)
    return Contents(Tensor("image", (1, 3, 4, 6), "float32", "NCHW"), output, info, {})


@pytest.mark.parametrize(
    ("shape", "layout"),
    [((1, 3, 4, 6), "NCHW"), ((1, 4, 6, 3), "NHWC"), ((1, 4, 6), "NHW"), ((1, 3, 4, 6), "RGB image")],
)
def test_height_and_width_in_any_layout(shape: tuple[int, ...], layout: str) -> None:
    assert borders.extent(Tensor("x", shape, "float32", layout)) == (4, 6)


def test_a_tensor_that_is_no_map() -> None:
    with pytest.raises(ArtifactError, match="'x' is no map"):
        borders.extent(Tensor("x", (1, 7), "float32", ""))


@pytest.mark.parametrize(
    ("name", "channels", "form"), [("image", 3, "image"), ("image", 4, "rgba"), ("input", 3, "tensor")]
)
def test_input_forms(name: str, channels: int, form: str) -> None:
    assert borders.input_form(FILE, Tensor(name, (1, 4, 6, channels), "uint8", "NHWC")) == form


def test_an_input_that_is_none_of_ours() -> None:
    with pytest.raises(ArtifactError, match=r"net\.onnx takes 'x' with 5 channels"):
        borders.input_form(FILE, Tensor("x", (1, 4, 6, 5), "float32", "NHWC"))


def test_output_forms() -> None:
    assert borders.output_form(FILE, contents(Tensor("labels", (1, 4, 6), "int32", "NHW"))) == "labels"
    logits = Tensor("logits", (1, 4, 6, 2), "float32", "NHWC")
    assert borders.output_form(FILE, contents(logits)) == "logits"
    with pytest.raises(ArtifactError, match="2 channels, but names 3 classes"):
        borders.output_form(FILE, contents(logits, 3))


def test_integers_at_the_borders() -> None:
    tensor = Tensor("input", (1, 1, 4, 1), "int8", "NHWC", 0.5, -3)
    steps = borders.quantized(np.array([0.0, 0.74, -9.0, 900.0], np.float32), tensor)
    assert steps.dtype == np.int8
    assert steps.tolist() == [-3, -2, -21, 127]
    assert borders.dequantized(steps, tensor).tolist() == [0.0, 0.5, -9.0, 65.0]
    pixels = Tensor("image", (1, 1, 4, 3), "uint8", "NHWC")
    assert borders.quantized(np.array([0.0, 255.0], np.float32), pixels).tolist() == [0, 255]


def test_floats_pass_untouched() -> None:
    given = np.array([0.25], np.float32)
    floats = Tensor("image", (1, 3, 4, 6), "float32", "NCHW")
    assert borders.quantized(given, floats) is given
    assert borders.dequantized(given, floats) is given
    assert borders.quantized(given, Tensor("image", (1, 3, 4, 6), "uint8", "RGB image")) is given
