"""What a client feeds: float maps, a camera's bytes, or the integers of the network's own tensor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from export.formats.base import Tensor
from export.formats.onnx import run
from export.formats.onnx.read import read
from export.forms import Activations
from fastscnn.errors import ArtifactError
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph
from tests.export.formats.onnx.steps import SPELLINGS, as_int8, fed, written
from tests.graphs import ODD, fast_scnn, picture
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

BYTES = quantized_fast_scnn(first_padding=1, stride=8)
TENSOR = quantized(fast_scnn(input_name="input", first_padding=1, stride=8), picture((64, 96)))
FIRST = "downsample.conv"


@pytest.mark.parametrize("activations", SPELLINGS)
class TestCameraBytes:
    def test_enter_as_they_lie_in_memory(self, activations: Activations, tmp_path: Path) -> None:
        source = read(written(BYTES, ODD, tmp_path, activations)).input
        assert source == Tensor("image", (1, *ODD, 3), "uint8", "NHWC", 1.0, 0)

    def test_reach_the_first_convolution_as_the_pixels_they_are(
        self, activations: Activations, tmp_path: Path
    ) -> None:
        # Every byte there is, and a border that is the same in every channel of no other picture.
        feed = np.arange(ODD[0] * ODD[1] * 3).reshape(*ODD, 3).astype(np.uint8)
        found = run.load(written(BYTES, ODD, tmp_path, activations)).run(feed, [FIRST])[FIRST]
        expected = reference.run(BYTES, feed, [FIRST])[FIRST]
        np.testing.assert_array_equal(as_int8(found), expected)

    def test_come_back_when_tapped(self, activations: Activations, tmp_path: Path) -> None:
        runner = run.load(written(BYTES, ODD, tmp_path, activations))
        np.testing.assert_array_equal(runner.run(pixels(ODD), ["image"])["image"], pixels(ODD))


@pytest.mark.parametrize("activations", SPELLINGS)
class TestTensor:
    def test_enters_in_the_type_of_the_activations(self, activations: Activations, tmp_path: Path) -> None:
        source = read(written(TENSOR, ODD, tmp_path, activations)).input
        quant = TENSOR.input.quant
        assert quant is not None
        zero_point = quant.zero_point + (128 if activations == "uint8" else 0)
        assert source == Tensor("input", (1, 3, *ODD), activations, "NCHW", quant.scale, zero_point)

    def test_means_the_same_integers(self, activations: Activations, tmp_path: Path) -> None:
        numbers = reference.entered(picture(ODD), TENSOR.input.quant)
        path = written(TENSOR, ODD, tmp_path, activations)
        found = run.load(path).run(fed(path, numbers), [FIRST])[FIRST]
        np.testing.assert_array_equal(as_int8(found), reference.run(TENSOR, numbers, [FIRST])[FIRST])


@pytest.mark.parametrize("wrong", [-1, 256, 0.5])
def test_what_is_no_byte_is_refused_not_wrapped(wrong: float, tmp_path: Path) -> None:
    feed = pixels(ODD).astype(np.float32)
    feed[3, 5, 1] = wrong
    with pytest.raises(ArtifactError, match="takes uint8 numbers"):
        run.load(written(BYTES, ODD, tmp_path)).run(feed)


def test_a_runner_knows_what_its_borders_integers_stand_for(tmp_path: Path) -> None:
    path = written(TENSOR, ODD, tmp_path)
    runner, contents = run.load(path), read(path)
    assert (runner.input, runner.output) == (contents.input, contents.output)
    assert runner.output.scale is not None


def test_all_that_follows_the_bytes_is_of_one_type(tmp_path: Path) -> None:
    assert zero_point_types(BYTES, tmp_path, "uint8") == [onnx.TensorProto.UINT8]
    # The bytes themselves, then int8 throughout.
    assert zero_point_types(BYTES, tmp_path, "int8") == [onnx.TensorProto.UINT8, onnx.TensorProto.INT8]


def zero_point_types(graph: Graph, folder: Path, activations: Activations) -> list[int]:
    """Those of activations, in the order in which they are met."""
    model = onnx.load(written(graph, ODD, folder, activations))
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    met = [
        stored[node.input[2]].data_type
        for node in model.graph.node
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and not stored[node.input[2]].dims
    ]
    return list(dict.fromkeys(met))
