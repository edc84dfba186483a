"""Quantized graphs: every operator between dequantize and quantize, with the oracle's integers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.base import Tensor
from export.formats.coreml.read import read
from export.formats.coreml.run import load
from export.formats.coreml.toolbox import coremltools
from export.formats.coreml.write import write
from export.passes import float_output, labels_output, output_stride, rgba_bytes, weights_only
from fastscnn.graph import reference
from fastscnn.graph.file import load as load_graph
from fastscnn.graph.graph import Conv, Graph, Padding, Pair
from fastscnn.info import Preprocessing
from quantize import pixels as pixels_pass
from tests.export.formats.coreml.oracle import require_agreement, tapped
from tests.export.formats.coreml.packages import exported
from tests.graphs import ODD, Builder, fast_scnn, info_of, picture
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn, quantized_operator_graphs

SIZES = [ODD, (64, 96), (32, 32)]
GRAPHS = {size: quantized_operator_graphs(size) for size in SIZES}
EMBEDDED = Path(__file__).parents[4] / "fastscnn/weights/camvid.int8.safetensors"


def opened(package: Path) -> Any:
    return coremltools.models.MLModel(str(package), skip_model_load=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, Path]:
    """A network of pixels, and its package."""
    graph = float_output.apply(quantized_fast_scnn(first_padding=1))
    return graph, exported(graph, (64, 96), tmp_path_factory.mktemp("whole"))


def bordered(padding: int | Padding = 1, size: Pair = (40, 48)) -> Graph:
    """A network of pixels whose first convolution pads: its border is the mean pixel."""
    b = Builder(input_name="input", seed=3)
    x = b.conv("first", "input", 8, 3, stride=2, padding=padding, activation="relu")
    graph = pixels_pass.apply(b.graph(b.conv("logits", x, 5)), Preprocessing())
    return float_output.apply(quantized(graph, pixels(size), pixels_in=True))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", GRAPHS[ODD])
def test_every_operator_gives_the_oracles_integers(name: str, size: Pair, tmp_path: Path) -> None:
    graph = float_output.apply(GRAPHS[size][name]).renamed("image", "input")
    feed = picture(size, graph.input.operator.channels, seed=7)  # type: ignore[attr-defined]
    require_agreement(graph, exported(graph, size, tmp_path), feed)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"align_corners": False, "first_padding": 1, "bottleneck_activation": "relu6"},
        {"first_padding": "same", "relu_between": False, "pool": "max", "bins": (1, 2, 4, 8), "stride": 8},
    ],
    ids=["first", "half pixel, relu6", "other family"],
)
@pytest.mark.parametrize("size", [ODD, (64, 96)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_whole_networks_give_the_oracles_integers(
    size: Pair, options: dict[str, Any], tmp_path: Path
) -> None:
    graph = float_output.apply(quantized_fast_scnn(size, **options))
    require_agreement(graph, exported(graph, size, tmp_path), pixels(size, seed=1))


@pytest.mark.skipif(not EMBEDDED.exists(), reason="the embedded network is not quantized yet")
def test_the_embedded_network_gives_the_oracles_integers(tmp_path: Path) -> None:
    content = load_graph(EMBEDDED)
    graph = output_stride.apply(content.graph, 1, content.info.align_corners)
    graph = float_output.apply(graph)
    require_agreement(graph, exported(graph, (180, 240), tmp_path), pixels((180, 240)))


def test_every_convolution_stands_between_dequantize_and_quantize(whole: tuple[Graph, Path]) -> None:
    """And next to it: the pattern in which Core ML finds its int8 kernels, relu before quantize."""
    _, package = whole
    main = opened(package).get_spec().mlProgram.functions["main"]
    program = [op for op in main.block_specializations[main.opset].operations if op.type != "const"]
    names = {op.outputs[0].name: op for op in program}
    readers = {
        name: [op for op in program if name in [a.name for i in op.inputs.values() for a in i.arguments]]
        for name in names
    }
    convolutions = [op for op in program if op.type == "conv"]
    assert len(convolutions) == 45
    for conv in convolutions:
        before = names[conv.inputs["x"].arguments[0].name]
        assert before.type == "dequantize"
        assert readers[before.outputs[0].name] == [conv], "no other node reads it"
        (after,) = readers[conv.outputs[0].name]
        if after.type == "relu":
            (after,) = readers[after.outputs[0].name]
        assert after.type == "quantize"
        assert names[conv.inputs["weight"].arguments[0].name].type == "constexpr_affine_dequantize"


def test_coremltools_own_reader_finds_the_same_numbers_bit_for_bit(whole: tuple[Graph, Path]) -> None:
    from coremltools.converters.mil.frontend.milproto.load import load as parse

    graph, package = whole
    model = opened(package)
    spec = model.get_spec()
    assert spec.specificationVersion == coremltools.target.iOS17.value
    program = parse(spec, specification_version=spec.specificationVersion, file_weights_dir=model.weights_dir)
    main = program.functions["main"]
    weights = main.find_ops(op_type="constexpr_affine_dequantize")
    stored = [conv for _, conv in graph.of(Conv)]
    for found, conv in zip(weights, stored, strict=True):
        assert conv.scales is not None
        assert found.quantized_data.val.dtype == np.int8
        np.testing.assert_array_equal(found.quantized_data.val, conv.weight)
        assert found.scale.val.dtype == np.float32
        np.testing.assert_array_equal(found.scale.val, conv.scales)
        assert (found.zero_point.val, found.axis.val) == (0, 0)
    legal = {node.name: node.name.replace(".", "_") for node in graph}
    legal[graph.input.name] = f"{graph.input.name}_int8"
    quantizes = {op.outputs[0].name: op for op in main.find_ops(op_type="quantize")}
    for node in graph:
        if node.quant is not None:
            found = quantizes[legal[node.name]]
            assert (found.scale.val.dtype, found.zero_point.val.dtype) == (np.float32, np.int8)
            assert (found.scale.val, found.zero_point.val) == (node.quant.scale, node.quant.zero_point)


def test_pixels_enter_as_core_mls_rgb_image_and_lose_nothing(whole: tuple[Graph, Path]) -> None:
    _, package = whole
    assert read(package).input == Tensor("image", (1, 3, 64, 96), "uint8", "RGB image", 1.0, 0)
    every = np.arange(64 * 96 * 3).astype(np.uint8).reshape(64, 96, 3)
    entered = load(package).run(every, ["image"])["image"]
    np.testing.assert_array_equal(entered, every.astype(int) - 128)


@pytest.mark.parametrize("first_padding", [0, 1])
def test_the_fourth_byte_changes_no_integer(first_padding: int, tmp_path: Path) -> None:
    graph = float_output.apply(quantized_fast_scnn(first_padding=first_padding))
    frame = np.dstack([pixels((64, 96)), np.full((64, 96), 255, np.uint8)])
    wide = rgba_bytes.apply(graph)
    package = exported(wide, (64, 96), tmp_path)
    assert read(package).input.shape == (1, 3, 64, 96)
    require_agreement(wide, package, frame)


def test_a_tensor_enters_as_float32_and_is_quantized_inside(tmp_path: Path) -> None:
    """Core ML has no int8 inputs: the input says to what it will be rounded."""
    feed = picture((64, 96))
    graph = float_output.apply(quantized(fast_scnn(input_name="input"), feed))
    package = exported(graph, (64, 96), tmp_path)
    quant = graph.input.quant
    assert quant is not None
    fed = read(package).input
    assert (fed.dtype, fed.layout, fed.scale, fed.zero_point) == (
        "float32",
        "NCHW",
        quant.scale,
        quant.zero_point,
    )
    require_agreement(graph, package, 1.5 * feed)


@pytest.mark.parametrize("stride", [1, 8])
def test_labels_are_the_argmax_of_the_integers(stride: int, tmp_path: Path) -> None:
    graph = labels_output.apply(output_stride.apply(quantized_fast_scnn(), stride, True))
    package = exported(graph, (64, 96), tmp_path)
    found = tapped(graph, package, pixels((64, 96)))
    np.testing.assert_array_equal(found["labels"][..., 0], found["logits"].argmax(axis=2))
    assert read(package).floats == frozenset()


@pytest.mark.parametrize("padding", [1, Padding(2, 1, 0, 3)], ids=["even", "uneven"])
def test_a_border_holds_one_number_a_channel(padding: int | Padding, tmp_path: Path) -> None:
    graph = bordered(padding)
    border = graph["first"].operator.border  # type: ignore[attr-defined]
    assert len(set(border.tolist())) == 3
    package = exported(graph, (40, 48), tmp_path)
    require_agreement(graph, package, pixels((40, 48)))
    # of black pixels: a border of the map's zero point would show in every row and column at the edge
    require_agreement(graph, package, np.zeros((40, 48, 3), np.uint8))
    assert read(package).floats == frozenset()


def test_layers_left_in_float_are_in_float_and_the_others_are_not(tmp_path: Path) -> None:
    names = [node.name for node, _ in fast_scnn().of(Conv)]
    floats = [names[0], *names[7:9], names[-1], "logits"]
    feed = pixels((64, 96))
    graph = quantized(fast_scnn(), feed, floats, pixels_in=True)
    assert graph[graph.output].quant is None
    package = exported(graph, (64, 96), tmp_path)
    require_agreement(graph, package, feed)
    contents = read(package)
    assert contents.floats == set(floats)
    assert contents.quants == {node.name: node.quant for node in graph if node.quant is not None}
    for node, conv in graph.of(Conv):
        assert contents.weights[node.name].dtype == conv.weight.dtype
        assert (node.name in contents.scales) == (node.name not in floats)


def test_weights_alone_in_int8_reach_older_targets(whole: tuple[Graph, Path], tmp_path: Path) -> None:
    graph = weights_only.apply(whole[0])
    package = exported(graph, (64, 96), tmp_path)
    assert opened(package).get_spec().specificationVersion == coremltools.target.iOS16.value
    require_agreement(graph, package, pixels((64, 96)).astype(np.float32))
    contents = read(package)
    assert not contents.quants
    assert not contents.bias_scales
    assert contents.floats == {node.name for node in graph if graph.computes_in_float(node)}
    for node, conv in graph.of(Conv):
        assert conv.scales is not None
        np.testing.assert_array_equal(contents.weights[node.name], conv.weight)
        np.testing.assert_array_equal(contents.scales[node.name], conv.scales)
        assert contents.biases[node.name].dtype == np.float32
        np.testing.assert_array_equal(contents.biases[node.name], conv.bias)


def test_weights_alone_with_a_border(tmp_path: Path) -> None:
    graph = weights_only.apply(bordered())
    feed = pixels((40, 48)).astype(np.float32)
    wanted = reference.run(graph, feed)["logits"]
    got = load(exported(graph, (40, 48), tmp_path)).run(feed)["logits"]
    assert np.abs(got - wanted).max() < 2e-6 * np.ptp(wanted)


def test_int8_logits_are_no_output_of_core_ml() -> None:
    with pytest.raises(ValueError, match="'logits' is int8"):
        write(quantized_fast_scnn(), (64, 96), info_of(19))


def test_names_of_parts_cannot_take_those_of_nodes(tmp_path: Path) -> None:
    b = Builder(input_name="input", seed=9)
    x = b.conv("a", "input", 4, activation="relu")
    x = b.conv("a.unrounded", x, 4)
    x = b.conv("a.source", x, 4)
    x = b.conv("input.int8", x, 4)
    graph = b.graph(b.conv("logits", x, 4))
    feed = picture((40, 48))
    graph = float_output.apply(quantized(graph, feed))
    require_agreement(graph, exported(graph, (40, 48), tmp_path), feed)


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_zero_points_arrive_whatever_they_are(zero_point: int, tmp_path: Path) -> None:
    """coremltools' own passes rewrite some of them."""
    graph = float_output.apply(quantized_fast_scnn())
    nodes = tuple(
        replace(node, quant=replace(node.quant, zero_point=zero_point))
        if node.quant is not None and node is not graph.input
        else node
        for node in graph
    )
    graph = Graph(nodes, graph.output)
    package = exported(graph, (64, 96), tmp_path)
    require_agreement(graph, package, pixels((64, 96)))
    assert read(package).quants == {node.name: node.quant for node in graph if node.quant is not None}
