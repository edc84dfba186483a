"""The float network of int8 weights: what the quantized one approximates, rounding by rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.passes import float_output, labels_output, output_stride, rgba_bytes, weights_only
from export.pictures import embedded, opened
from fastscnn.graph import reference
from fastscnn.graph.file import load
from fastscnn.graph.graph import LEAST, MOST, Conv, Dequantize, Quant, Quantize
from fastscnn.graph.integers import bias_scales, dequantize
from fastscnn.info import Preprocessing
from quantize import pixels as pixels_pass
from tests.graphs import Builder, fast_scnn, picture
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn, quantized_operator_graphs

SIZE = (65, 97)
GRAPHS = quantized_operator_graphs(SIZE)
EMBEDDED = Path(__file__).parents[3] / "fastscnn/weights/camvid.int8.safetensors"


def limits(quant: Quant) -> tuple[float, float]:
    low, high = dequantize(np.array([LEAST, MOST]), quant)
    return low, high


@pytest.mark.parametrize("name", GRAPHS)
def test_an_operator_differs_by_the_rounding_of_its_activations(name: str) -> None:
    """Half a step for the last node, and what the others' half steps become on the way: a step and a half."""
    graph = float_output.apply(GRAPHS[name])
    entered = graph.input.quant
    assert entered is not None
    feed = reference.entered(picture(SIZE, graph.input.operator.channels), entered)  # type: ignore[attr-defined]
    before = reference.run(graph, feed)["logits"]
    after = reference.run(weights_only.apply(graph), dequantize(feed, entered))["logits"]
    if name == "argmax":
        np.testing.assert_array_equal(after, before)
        return
    quant = graph["logits.int8"].quant
    assert quant is not None
    steps = np.abs(before - after.clip(*limits(quant))).max() / quant.scale
    assert steps < (0.501 if len(graph.nodes) == 3 else 2)


@pytest.mark.parametrize("first_padding", [0, 1, "same"])
def test_a_whole_network_stays_near(first_padding: int | str) -> None:
    """Measured with random weights: 0.017 to 0.018 of the logits' range."""
    graph = float_output.apply(quantized_fast_scnn(first_padding=first_padding))
    feed = pixels((64, 96))
    before = reference.run(graph, feed)["logits"]
    after = reference.run(weights_only.apply(graph), feed.astype(np.float32))["logits"]
    difference = np.abs(after - before).max() / np.ptp(before)
    assert 0 < difference < 0.03


@pytest.mark.skipif(not EMBEDDED.exists(), reason="the embedded network is not quantized yet")
@pytest.mark.parametrize("path", embedded(), ids=lambda path: path.stem)
def test_the_embedded_network_gives_nearly_the_same_labels(path: Path) -> None:
    """At its own size, where 0.987 to 0.996 were measured on these streets."""
    content = load(EMBEDDED)
    graph = output_stride.apply(content.graph, 1, content.info.align_corners)
    feed = opened(path, (360, 480))
    before = reference.run(graph, feed)["logits"].argmax(axis=2)
    after = reference.run(weights_only.apply(graph), feed.astype(np.float32))["logits"].argmax(axis=2)
    assert np.mean(before == after) > 0.98


def test_weights_and_scales_are_kept_and_biases_are_what_they_stood_for() -> None:
    graph = quantized_fast_scnn()
    rewritten = weights_only.apply(graph)
    assert not rewritten.quantized
    assert [node.name for node in rewritten] == [node.name for node in graph]
    for (node, before), (_, after) in zip(graph.of(Conv), rewritten.of(Conv), strict=True):
        assert after.weight is before.weight
        assert after.scales is before.scales
        source = graph[node.inputs[0]].quant
        assert source is not None
        assert before.scales is not None
        units = bias_scales(before.scales, source).astype(np.float64)
        assert after.bias.dtype == np.float32
        np.testing.assert_allclose(after.bias, before.bias * units, rtol=6e-8)


def test_a_border_becomes_pixels() -> None:
    b = Builder(input_name="input")
    graph = pixels_pass.apply(b.graph(b.conv("logits", "input", 4, 3, padding=1)), Preprocessing())
    before = quantized(graph, pixels((40, 48)), pixels_in=True)["logits"].operator
    after = weights_only.apply(quantized(graph, pixels((40, 48)), pixels_in=True))["logits"].operator
    assert isinstance(before, Conv)
    assert isinstance(after, Conv)
    assert before.border is not None
    assert before.border.dtype == np.int8
    assert after.border is not None
    np.testing.assert_array_equal(after.border, before.border.astype(np.float32) + 128)


def test_where_float_met_int8_nothing_is_left() -> None:
    names = [node.name for node, _ in fast_scnn().of(Conv)]
    feed = pixels((64, 96))
    mixed = quantized(fast_scnn(), feed, [names[0], names[9], names[-1], "logits"], pixels_in=True)
    assert list(mixed.of(Quantize))
    assert list(mixed.of(Dequantize))
    rewritten = weights_only.apply(mixed)
    assert not list(rewritten.of(Quantize))
    assert not list(rewritten.of(Dequantize))
    for name in (names[0], names[9], names[-1]):
        assert rewritten[name].operator is mixed[name].operator
    before = reference.run(mixed, feed)["logits"]
    after = reference.run(rewritten, feed.astype(np.float32))["logits"]
    assert np.abs(after - before).max() < 0.05 * np.ptp(before)


@pytest.mark.parametrize("float_first", [False, True])
def test_the_output_keeps_its_name(float_first: bool) -> None:
    graph = quantized_fast_scnn()
    assert weights_only.apply(float_output.apply(graph) if float_first else graph).output == "logits"
    labels = weights_only.apply(labels_output.apply(graph))
    assert (labels.output, labels["labels"].inputs) == ("labels", ("logits",))


def test_the_fourth_byte_still_does_not_matter() -> None:
    graph = weights_only.apply(rgba_bytes.apply(quantized_fast_scnn(first_padding=1)))
    frame = np.dstack([pixels((64, 96)), np.full((64, 96), 255)]).astype(np.float32)
    wanted = reference.run(weights_only.apply(quantized_fast_scnn(first_padding=1)), frame[..., :3])
    got = reference.run(graph, frame)
    assert np.abs(got["logits"] - wanted["logits"]).max() < 2e-6 * np.ptp(wanted["logits"])


def test_a_float_graph_is_left_as_it_is() -> None:
    graph = fast_scnn()
    assert [node.operator for node in weights_only.apply(graph)] == [node.operator for node in graph]
