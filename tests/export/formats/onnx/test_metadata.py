"""Other people's clients: plain onnxruntime sees names, classes and what the input takes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from export.formats.onnx.write import write
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph, Quant
from fastscnn.graph.integers import dequantize
from fastscnn.info import ModelInfo, Preprocessing
from tests.graphs import ODD, Builder, fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

BGR = replace(info_of(19), preprocessing=Preprocessing("bgr", (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)))


def opened(graph: Graph, info: ModelInfo = BGR) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(write(graph, ODD, info), providers=["CPUExecutionProvider"])


def properties(graph: Graph) -> dict[str, str]:
    found: dict[str, str] = opened(graph).get_modelmeta().custom_metadata_map
    return found


def test_a_client_that_knows_only_onnxruntime_gets_classes_and_logits() -> None:
    graph = fast_scnn(affine=True)
    session = opened(graph)
    feed = picture(ODD, low=0, high=255)
    (logits,) = session.run(["logits"], {"image": feed.transpose(2, 0, 1)[None]})
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    assert logits.shape == (1, len(classes), *ODD)
    expected = reference.run(graph, feed)["logits"]
    np.testing.assert_allclose(logits[0].transpose(1, 2, 0), expected, atol=1e-4)


def test_the_info_comes_back_whole() -> None:
    assert ModelInfo.from_json(properties(fast_scnn())["fastscnn.info"]) == BGR


def test_pixels_need_no_preprocessing() -> None:
    found = properties(fast_scnn(affine=True))
    assert found["input.form"] == "image"
    assert found["input.order"] == "rgb"
    assert json.loads(found["input.mean"]) == [0, 0, 0]
    assert json.loads(found["input.std"]) == [1, 1, 1]


def test_a_tensor_needs_the_networks_own() -> None:
    found = properties(fast_scnn(input_name="input"))
    assert found["input.form"] == "tensor"
    assert found["input.order"] == "bgr"
    assert json.loads(found["input.mean"]) == [1, 2, 3]
    assert json.loads(found["input.std"]) == [4, 5, 6]


def test_a_camera_frame_is_told_from_a_picture() -> None:
    b = Builder(channels=4)
    found = properties(b.graph(b.conv("logits", "image", 19, 3)))
    assert found["input.form"] == "rgba"
    assert "RGBA" in found["input.takes"]


@pytest.mark.parametrize(("stride", "expected"), [(1, "1"), (8, "8")])
def test_the_outputs_stride_and_form(stride: int, expected: str) -> None:
    graph = fast_scnn(stride=8 if stride == 8 else 1)
    assert properties(graph)["output.stride"] == expected
    assert properties(graph)["output.form"] == "logits"
    assert properties(with_labels(graph))["output.form"] == "labels"


def test_the_precision() -> None:
    assert properties(fast_scnn())["precision"] == "fp32"
    assert properties(halved(fast_scnn()))["precision"].startswith("fp16")


def test_an_untrained_network_says_so() -> None:
    assert properties(fast_scnn())["trained"] == "false"


class TestQuantized:
    GRAPH = quantized_fast_scnn(stride=8)

    def test_a_client_that_knows_only_onnxruntime_feeds_bytes_and_knows_what_it_gets(self) -> None:
        b = Builder()
        # Seven bits: no kernel of any CPU saturates.
        graph = quantized(b.graph(b.conv("logits", "image", 5, 3)), pixels(ODD), pixels_in=True, highest=63)
        session = opened(graph)
        found = session.get_modelmeta().custom_metadata_map
        (logits,) = session.run(["logits"], {"image": pixels(ODD)[None]})
        assert logits.dtype == np.uint8
        scale, zero_point = float(found["output.scale"]), int(found["output.zero_point"])
        values = (logits[0].astype(np.float32) - zero_point) * scale
        quant = graph["logits"].quant
        assert quant is not None
        expected = dequantize(reference.run(graph, pixels(ODD))["logits"], quant)
        np.testing.assert_allclose(values.transpose(1, 2, 0), expected, atol=1.01 * scale)

    def test_the_input_is_bytes_in_the_order_of_a_camera(self) -> None:
        found = properties(self.GRAPH)
        assert (found["input.layout"], found["input.scale"], found["input.zero_point"]) == (
            "NHWC",
            "1.0",
            "0",
        )
        assert found["input.takes"].startswith("uint8 RGB pixels")

    def test_a_tensors_integers_are_said(self) -> None:
        feed = picture(ODD)
        graph = quantized(fast_scnn(input_name="input", stride=8), feed)
        found = properties(graph)
        quant = graph["input"].quant
        assert quant == Quant(float(found["input.scale"]), int(found["input.zero_point"]) - 128)
        assert found["input.layout"] == "NCHW"
        assert found["input.takes"].startswith("uint8 (pixel - mean) / std")

    def test_float_borders_have_no_scale(self) -> None:
        found = properties(with_labels(self.GRAPH))
        assert not {"output.scale", "output.zero_point"} & set(found)
        assert not {"input.scale", "input.zero_point"} & set(properties(fast_scnn()))

    def test_the_precision_says_what_is_left_in_float(self) -> None:
        assert properties(self.GRAPH)["precision"] == (
            "int8: weights int8 per channel, biases int32, activations uint8"
        )
        mixed = quantized(fast_scnn(stride=8), picture(ODD), {"fusion.add", "logits"})
        assert properties(mixed)["precision"].endswith("2 layers in float32")
