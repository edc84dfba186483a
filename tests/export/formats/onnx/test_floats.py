"""Which layers of a file compute in float, found from its bytes: those that the Graph says, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.formats.onnx import run
from export.formats.onnx.read import read
from export.passes import weights_only
from fastscnn.graph import reference
from fastscnn.graph.graph import Conv, Graph
from quantize import pixels as pixel_input
from tests.export.formats.onnx.simplifier import assert_simplest
from tests.export.formats.onnx.steps import SPELLINGS, apart, require_the_oracles, tensors, written
from tests.graphs import ODD, fast_scnn, halved, info_of, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

MIXTURES = {
    "the first convolution": {"downsample.conv"},
    "two that follow one another": {"downsample.dsconv1.depthwise", "downsample.dsconv1.pointwise"},
    "both ends of a shortcut": {"features.stage1.1.project", "features.stage1.1.shortcut"},
    "a sum alone": {"fusion.add"},
    "a branch of the pyramid": {"pyramid.pool6", "pyramid.conv6", "pyramid.resize6"},
    "the concatenation": {"pyramid.concat"},
    "the end": {"classifier.conv", "logits"},
}


def mixed(floats: set[str]) -> Graph:
    """A network on pixels whose border is the mean pixel, these layers in float."""
    graph = pixel_input.apply(fast_scnn(first_padding=1), info_of(19).preprocessing)
    return quantized(graph, pixels((64, 96)), floats, pixels_in=True)


def computing(graph: Graph) -> set[str]:
    return {node.name for node in graph if graph.computes_in_float(node)}


@pytest.mark.parametrize("name", MIXTURES)
class TestMixedNetworks:
    def test_hold_exactly_their_layers_in_float(self, name: str, tmp_path: Path) -> None:
        graph = mixed(MIXTURES[name])
        assert computing(graph) == MIXTURES[name]
        for activations in SPELLINGS:
            contents = read(written(graph, ODD, tmp_path, activations))
            assert contents.floats == MIXTURES[name]
            assert contents.quants == {node.name: node.quant for node in graph if node.quant is not None}

    def test_compute_what_the_oracle_computes(self, name: str, tmp_path: Path) -> None:
        graph = mixed(MIXTURES[name])
        found = tensors(written(graph, ODD, tmp_path), graph, pixels(ODD))
        require_the_oracles(apart(graph, ODD, found))
        for layer in graph.nodes[1:]:
            if layer.quant is None:
                expected = reference.step(graph, layer.name, [found[source] for source in layer.inputs])
                spread = float(np.ptp(expected))
                assert np.abs(found[layer.name] - expected).max() <= 1e-5 * spread, layer.name

    def test_leave_nothing_to_simplify(self, name: str, tmp_path: Path) -> None:
        assert_simplest(written(mixed(MIXTURES[name]), ODD, tmp_path))


def test_weights_in_int8_alone_compute_in_float(tmp_path: Path) -> None:
    quantized_graph = quantized_fast_scnn(stride=8)
    graph = weights_only.apply(quantized_graph)
    path = written(graph, ODD, tmp_path)
    contents = read(path)
    assert contents.floats == computing(graph) == {node.name for node in graph.nodes[1:]}
    assert contents.quants == contents.bias_scales == {}
    for node, conv in quantized_graph.of(Conv):
        np.testing.assert_array_equal(contents.weights[node.name], conv.weight)
        assert conv.scales is not None
        np.testing.assert_array_equal(contents.scales[node.name], conv.scales)
    feed = pixels(ODD).astype(np.float32)
    expected = reference.run(graph, feed)["logits"]
    result = run.load(path).run(feed)["logits"]
    assert np.abs(result - expected).max() <= 1e-5 * np.ptp(expected)


def test_float_files_compute_in_float(tmp_path: Path) -> None:
    graph = fast_scnn(affine=True)
    for each in (graph, halved(graph), with_labels(halved(graph))):
        assert read(written(each, ODD, tmp_path)).floats == computing(each)
