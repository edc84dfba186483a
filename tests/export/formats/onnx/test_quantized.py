"""Quantized graphs as QDQ files: the integers of the Graph, computed as the oracle computes them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from export.formats.onnx import run
from export.formats.onnx.read import read
from export.formats.onnx.write import write
from export.forms import Activations
from fastscnn.graph import reference
from fastscnn.graph.file import load
from fastscnn.graph.graph import Array, Conv, Dequantize, Graph, Input, Node, Pair
from fastscnn.graph.integers import bias_scales
from tests.export.formats.onnx.simplifier import assert_simplest
from tests.export.formats.onnx.steps import (
    SPELLINGS,
    apart,
    as_int8,
    fed,
    require_the_oracles,
    tensors,
    written,
)
from tests.graphs import ODD, fast_scnn, info_of, picture, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn, quantized_operator_graphs

SIZES = [(33, 47), (64, 96), ODD]
GRAPHS = {size: quantized_operator_graphs(size) for size in SIZES}
NETWORKS = {
    "as published": quantized_fast_scnn(),
    "padded with the mean, 1/8": quantized_fast_scnn(first_padding=1, stride=8),
    "half pixel, same, relu6": quantized_fast_scnn(
        align_corners=False, first_padding="same", bottleneck_activation="relu6"
    ),
    "maximum pyramid": quantized_fast_scnn(pool="max", relu_between=False, source_first=False),
}
EMBEDDED = Path(__file__).parents[4] / "build" / "first.int8.safetensors"


def numbers(graph: Graph, size: Pair) -> Array:
    """A smooth map of int8 numbers for a graph whose input is not pixels."""
    assert isinstance(graph.input.operator, Input)
    return reference.entered(picture(size, graph.input.operator.channels), graph.input.quant)


class TestEveryOperator:
    @pytest.mark.parametrize("activations", SPELLINGS)
    @pytest.mark.parametrize("name", [name for name in GRAPHS[ODD] if name != "argmax"])
    def test_computes_what_the_oracle_computes(
        self, name: str, activations: Activations, tmp_path: Path
    ) -> None:
        for size in SIZES:
            graph = GRAPHS[size][name]
            path = written(graph, size, tmp_path, activations)
            require_the_oracles(apart(graph, size, tensors(path, graph, numbers(graph, size))))

    @pytest.mark.parametrize("name", GRAPHS[ODD])
    def test_leaves_nothing_to_simplify_and_is_valid(self, name: str, tmp_path: Path) -> None:
        path = written(GRAPHS[ODD][name], ODD, tmp_path)
        onnx.checker.check_model(path, full_check=True)
        assert_simplest(path)

    @pytest.mark.parametrize("activations", SPELLINGS)
    def test_labels_are_the_first_of_the_greatest_integers(
        self, activations: Activations, tmp_path: Path
    ) -> None:
        graph = GRAPHS[ODD]["argmax"]
        feed = numbers(graph, ODD)
        path = written(graph, ODD, tmp_path, activations)
        for optimise in (False, True):
            labels = run.load(path, optimise=optimise).run(fed(path, feed))["logits"]
            assert labels.dtype == np.int32
            np.testing.assert_array_equal(labels[..., 0], feed.argmax(axis=2))


class TestWholeNetwork:
    @pytest.mark.parametrize("name", NETWORKS)
    def test_computes_what_the_oracle_computes_in_either_spelling(self, name: str, tmp_path: Path) -> None:
        graph = NETWORKS[name]
        paths = [written(graph, ODD, tmp_path, activations) for activations in SPELLINGS]
        unsigned, signed = (tensors(path, graph, pixels(ODD)) for path in paths)
        assert set(unsigned) == {node.name for node in graph}
        for node in graph:
            np.testing.assert_array_equal(unsigned[node.name], signed[node.name])
        require_the_oracles(apart(graph, ODD, unsigned))

    @pytest.mark.parametrize("size", [ODD, (192, 192), (360, 480)])
    @pytest.mark.parametrize("activations", SPELLINGS)
    def test_needs_no_simplifier_and_is_valid(
        self, size: Pair, activations: Activations, tmp_path: Path
    ) -> None:
        path = written(NETWORKS["padded with the mean, 1/8"], size, tmp_path, activations)
        onnx.checker.check_model(path, full_check=True)
        assert_simplest(path)

    def test_labels_are_those_of_the_logits(self, tmp_path: Path) -> None:
        graph = NETWORKS["padded with the mean, 1/8"]
        logits = tensors(written(graph, ODD, tmp_path), graph, pixels(ODD))["logits"]
        labels = run.load(written(with_labels(graph), ODD, tmp_path)).run(pixels(ODD))["labels"]
        np.testing.assert_array_equal(labels[..., 0], logits.argmax(axis=2))

    def test_float_logits_are_what_the_integers_stand_for(self, tmp_path: Path) -> None:
        graph = NETWORKS["padded with the mean, 1/8"].renamed("logits", "logits.int8")
        graph = Graph((*graph.nodes, Node("logits", Dequantize(), ("logits.int8",))), "logits")
        path = written(graph, ODD, tmp_path)
        found = run.load(path).run(pixels(ODD), ["logits.int8"])
        expected = reference.step(graph, "logits", [as_int8(found["logits.int8"])])
        np.testing.assert_array_equal(found["logits"], expected)
        assert found["logits"].dtype == np.float32
        assert read(path).output.dtype == "float32"
        assert_simplest(path)

    def test_every_computing_operator_stands_between_dequantize_and_quantize(self, tmp_path: Path) -> None:
        for name, graph in NETWORKS.items():
            for activations in SPELLINGS:
                assert read(written(graph, ODD, tmp_path, activations)).floats == frozenset(), name


class TestOnnxruntimeFuses:
    """What users run: with optimisation on, uint8 files on any x86."""

    def test_every_convolution_addition_and_concatenation(self, tmp_path: Path) -> None:
        kinds = optimised(written(NETWORKS["as published"], (64, 96), tmp_path))
        assert kinds["QLinearConv"] == 45
        assert kinds["QLinearAdd"] == 7
        assert kinds["QLinearConcat"] == 1
        assert not {"Conv", "FusedConv", "Add", "BatchNormalization"} & set(kinds)

    def test_and_leaves_in_float_what_it_has_no_integer_kernel_for(self, tmp_path: Path) -> None:
        kinds = optimised(written(NETWORKS["as published"], (64, 96), tmp_path))
        islands = {"Resize": 6, "Relu": 4}
        assert {kind: kinds[kind] for kind in islands} == islands

    def test_with_seven_bit_weights_no_kernel_saturates(self, tmp_path: Path) -> None:
        float_graph = fast_scnn(affine=False, stride=8)
        graph = quantized(float_graph, pixels((64, 96)), pixels_in=True, highest=63)
        path = written(graph, ODD, tmp_path)
        require_the_oracles(apart(graph, ODD, tensors(path, graph, pixels(ODD), optimise=True)))


def optimised(path: Path) -> Counter[str]:
    """The operators that onnxruntime runs."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path.with_suffix(".optimised.onnx"))
    options.log_severity_level = 4
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)


class TestEmbeddedNetwork:
    """A trained network, where it has been quantized in this checkout."""

    @pytest.fixture
    def graph(self) -> Graph:
        if not EMBEDDED.exists():
            pytest.skip("build/first.int8.safetensors is not there")
        return load(EMBEDDED).graph

    def test_computes_what_the_oracle_computes(self, graph: Graph, tmp_path: Path) -> None:
        path = written(graph, (192, 256), tmp_path)
        require_the_oracles(apart(graph, (192, 256), tensors(path, graph, pixels((192, 256)))))

    def test_onnxruntime_fuses_it_whole(self, graph: Graph, tmp_path: Path) -> None:
        kinds = optimised(written(graph, (192, 256), tmp_path))
        assert kinds["QLinearConv"] == sum(1 for _ in graph.of(Conv))
        assert not {"Conv", "FusedConv"} & set(kinds)


class TestNumbers:
    """With onnx's own reader, and nothing of ours."""

    @pytest.mark.parametrize("activations", SPELLINGS)
    def test_every_integer_and_scale_is_in_the_file_bit_for_bit(
        self, activations: Activations, tmp_path: Path
    ) -> None:
        graph = NETWORKS["padded with the mean, 1/8"]
        model = onnx.load(written(graph, ODD, tmp_path, activations))
        arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        givers = {node.output[0]: node for node in model.graph.node}
        convolutions = {node.name: node for node in model.graph.node if node.op_type == "Conv"}
        for node, conv in graph.of(Conv):
            source = graph[node.inputs[0]].quant
            assert conv.scales is not None
            assert source is not None
            for place, integers, scales in (
                (1, conv.weight, conv.scales),
                (2, conv.bias, bias_scales(conv.scales, source)),
            ):
                dequantize = givers[convolutions[node.name].input[place]]
                assert dequantize.op_type == "DequantizeLinear"
                stored = [arrays[name] for name in dequantize.input]
                for array, expected in zip(stored[:2], (integers, scales), strict=True):
                    assert array.dtype == expected.dtype
                    np.testing.assert_array_equal(array, expected)
                assert not stored[2].any()
                assert [(a.name, a.i) for a in dequantize.attribute] == [("axis", 0)]
        offset = 128 if activations == "uint8" else 0
        for node in graph.nodes[1:]:
            assert node.quant is not None
            quantize = givers[node.name]
            assert quantize.op_type == "QuantizeLinear"
            scale, zero_point = (arrays[name] for name in quantize.input[1:])
            assert scale.dtype == np.float32
            assert zero_point.dtype == activations
            assert [scale, zero_point] == [node.quant.scale, node.quant.zero_point + offset]


HASH = """
import hashlib
from export.formats.onnx.write import write
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn
for activations in ("uint8", "int8"):
    graph = quantized_fast_scnn(first_padding=1)
    print(hashlib.sha256(write(graph, (97, 131), info_of(19), activations)).hexdigest())
"""


def test_bytes_depend_on_nothing_but_the_graph() -> None:
    graph = quantized_fast_scnn(first_padding=1)
    expected = [
        hashlib.sha256(write(graph, ODD, info_of(19), activations)).hexdigest() for activations in SPELLINGS
    ]
    done = subprocess.run(
        [sys.executable, "-c", HASH],
        cwd=Path(__file__).parents[4],
        env={"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == expected
