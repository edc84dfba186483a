"""Quantized graphs in XNNPACK, layer by layer against the oracle."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from export.formats.tflite import read, run, write
from export.passes import float_output
from fastscnn.graph import kernels, reference
from fastscnn.graph.file import load
from fastscnn.graph.graph import (
    LEAST,
    Add,
    Argmax,
    Conv,
    Graph,
    Operator,
    Padding,
    Pair,
    Pool,
    Quant,
    Resize,
)
from tests.export.formats.tflite.layers import Steps, by_operator, layers, written
from tests.graphs import ODD, Builder, info_of, picture, single, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn, quantized_operator_graphs

ROOT = Path(__file__).parents[4]
EVEN = (64, 96)
ONE_PARTITION = run.Delegation(1, ())
GRAPHS = {size: quantized_operator_graphs(size) for size in (ODD, EVEN)}
ROUNDED_OTHERWISE: dict[type[Operator], float] = {Conv: 1e-4, Add: 1e-4, Pool: 1e-3, Resize: 0.02}
"""Share of values that may be one step apart: sums near ties, and XNNPACK's weights of a resize."""
RESIZE_OFF = 0.5 + 2 * 255 * 2**-12
"""Of a step: what is rounded, and in both axes a weight of 11 bits between numbers up to 255 apart."""


def assert_computes(graph: Graph, found: dict[str, Steps]) -> None:
    """Equal, or one step apart where XNNPACK's arithmetic is another."""
    for kind, together in by_operator(graph, found).items():
        assert together.share <= ROUNDED_OTHERWISE.get(kind, 0), kind.__name__
        assert together.most <= 1, kind.__name__


@pytest.mark.parametrize("size", [ODD, EVEN], ids=["odd", "even"])
@pytest.mark.parametrize("name", GRAPHS[ODD])
def test_an_operator_computes_what_the_oracle_does(tmp_path: Path, name: str, size: Pair) -> None:
    graph = GRAPHS[size][name]
    runner = run.load(written(tmp_path, graph, size))
    feed = reference.entered(picture(size, runner.input.shape[3]), graph.input.quant)
    found = layers(runner, graph, feed)
    if name.startswith("resize"):
        # maps of a few cells, and halves in most places of some: no share says much
        assert found.pop("logits").most <= 1
    assert_computes(graph, found)
    if not isinstance(graph[graph.output].operator, Argmax):
        assert runner.delegation() == ONE_PARTITION
        runner.run(feed)
        assert runner.delegation() == ONE_PARTITION


@pytest.mark.parametrize("size", [ODD, EVEN], ids=["odd", "even"])
@pytest.mark.parametrize("name", [name for name in GRAPHS[ODD] if name.startswith("resize")])
def test_a_resize_is_as_near_as_its_weights_allow(tmp_path: Path, name: str, size: Pair) -> None:
    graph = GRAPHS[size][name]
    node = graph["logits"]
    assert isinstance(node.operator, Resize)
    runner = run.load(written(tmp_path, graph, size))
    feed = np.random.default_rng(0).integers(-128, 128, runner.input.shape[1:], np.int8)
    held = runner.run(feed, [node.inputs[0], "logits"])
    height, width, _ = held["logits"].shape
    source = held[node.inputs[0]].astype(np.float64)
    exact = kernels.resize(source, (height, width), node.operator.align_corners)
    assert np.abs(held["logits"] - exact).max() <= RESIZE_OFF


NETWORKS = {
    "published": quantized_fast_scnn(),
    "padded": quantized_fast_scnn(first_padding=1, fusion_dilation=4, align_corners=False),
    "same": quantized_fast_scnn(first_padding="same"),
    "max": quantized_fast_scnn(pool="max", bottleneck_activation="relu6", bins=(1, 2, 4, 8)),
    "eighth": quantized_fast_scnn(stride=8),
    "float logits": float_output.apply(quantized_fast_scnn()),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_what_the_oracle_does_in_one_partition(tmp_path: Path, name: str) -> None:
    graph = NETWORKS[name]
    runner = run.load(written(tmp_path, graph, ODD))
    assert_computes(graph, layers(runner, graph, pixels(ODD)))
    assert runner.delegation() == ONE_PARTITION
    runner.run(pixels(ODD))
    assert runner.delegation() == ONE_PARTITION


@pytest.mark.parametrize("runtime", ["litert", "tflite-runtime"])
def test_other_kernels_are_one_step_apart_but_in_a_resize(tmp_path: Path, runtime: run.RuntimeName) -> None:
    """What is reported and gates nothing: release 2.14 leaves int8 to its own kernels, which are these."""
    if runtime == "tflite-runtime" and find_spec("tflite_runtime") is None:
        pytest.skip("tflite-runtime is not installed")
    graph = NETWORKS["padded"]
    runner = run.load(written(tmp_path, graph, ODD), runtime=runtime, delegate="builtin")
    found = by_operator(graph, layers(runner, graph, pixels(ODD)))
    assert found[Conv].share <= 0.01
    assert all(steps.most <= 1 for kind, steps in found.items() if kind is not Resize)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(360, 480), (513, 769)], ids=str)
@pytest.mark.parametrize("file", ["fastscnn/weights/camvid.int8.safetensors", "build/first.int8.safetensors"])
def test_a_trained_network_computes_what_the_oracle_does(tmp_path: Path, file: str, size: Pair) -> None:
    if not (ROOT / file).exists():
        pytest.skip(f"{file} is not here")
    content = load(ROOT / file)
    runner = run.load(written(tmp_path, content.graph, size, content.info))
    found = layers(runner, content.graph, pixels(size))
    assert_computes(content.graph, found)
    assert runner.delegation() == ONE_PARTITION
    assert by_operator(content.graph, found)[Conv].apart == 0


def test_pixels_enter_as_bytes_and_nothing_is_lost(tmp_path: Path) -> None:
    graph = NETWORKS["published"]
    runner = run.load(written(tmp_path, graph, ODD))
    given = runner.input
    assert (given.dtype, given.scale, given.zero_point) == ("uint8", 1.0, 0)
    feed = np.arange(ODD[0] * ODD[1] * 3).astype(np.uint8).reshape(*ODD, 3)
    found = runner.run(feed, ["image", "image/int8"])
    assert np.array_equal(found["image"], feed)
    assert np.array_equal(found["image/int8"], feed.astype(np.int16) + LEAST)


def test_a_tensor_input_is_int8_with_its_scale(tmp_path: Path) -> None:
    graph = quantized_operator_graphs(EVEN)["conv 1x1"].renamed("image", "input")
    runner = run.load(written(tmp_path, graph, EVEN))
    quant = graph.input.quant
    assert quant is not None
    given = runner.input
    assert (given.dtype, given.scale, given.zero_point) == ("int8", quant.scale, quant.zero_point)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_numbers_of_another_type_are_refused(tmp_path: Path, dtype: str) -> None:
    runner = run.load(written(tmp_path, NETWORKS["published"], ODD))
    with pytest.raises(ValueError, match="takes uint8"):
        runner.run(pixels(ODD).astype(dtype))


@pytest.mark.parametrize("channels", [3, 4], ids=["rgb", "rgba"])
@pytest.mark.parametrize("padding", [Padding.all(1), Padding(0, 1, 0, 1), Padding(2, 0, 0, 3)], ids=str)
def test_a_border_holds_its_own_number_in_every_channel(
    tmp_path: Path, padding: Padding, channels: int
) -> None:
    b = Builder(channels)
    b.conv("logits", "image", 8, 3, stride=2, padding=padding)
    graph = quantized(b.graph("logits"), pixels(EVEN, channels), pixels_in=True)
    node = graph["logits"]
    assert isinstance(node.operator, Conv)
    border = np.array([-4, -12, 127, -128][:channels], np.int8)
    bordered = replace(node, operator=replace(node.operator, border=border))
    graph = Graph((graph.input, bordered), "logits")
    runner = run.load(written(tmp_path, graph, EVEN))
    assert_computes(graph, layers(runner, graph, pixels(EVEN, channels, seed=1)))
    assert runner.delegation() == ONE_PARTITION


def test_grouped_convolutions_and_depth_multipliers(tmp_path: Path) -> None:
    b = Builder(6)
    x = b.conv("grouped", "image", 9, 3, groups=3, padding=1)
    b.conv("logits", x, 18, 3, groups=9, stride=2, padding=1)
    graph = quantized(b.graph("logits"), pixels(ODD, 6), pixels_in=True)
    runner = run.load(written(tmp_path, graph, ODD))
    assert_computes(graph, layers(runner, graph, pixels(ODD, 6)))
    assert runner.delegation() == ONE_PARTITION


def test_padding_holds_the_zero_point(tmp_path: Path) -> None:
    """Not the number 0: an input whose zero point is far from it would show it at the border."""
    b = Builder()
    b.conv("logits", "image", 4, 3, stride=2, padding=1)
    graph = quantized(b.graph("logits"), picture(EVEN, low=0.5, high=3))
    assert graph.input.quant is not None
    assert graph.input.quant.zero_point == LEAST
    runner = run.load(written(tmp_path, graph, EVEN))
    feed = reference.entered(picture(EVEN, low=0.5, high=3), graph.input.quant)
    assert_computes(graph, layers(runner, graph, feed))


@pytest.mark.parametrize("size", [(32, 32), (37, 61), (45, 90)], ids=str)
@pytest.mark.parametrize("bins", [(1, 1), (2, 2), (3, 3), (5, 4), (6, 6), (8, 8), (34, 33)])
def test_average_bins_of_any_map(tmp_path: Path, size: Pair, bins: Pair) -> None:
    """Halves are rounded as the oracle rounds them: an area that is a power of two gives many."""
    graph = quantized(single(Pool(bins), 5), picture(size, 5))
    runner = run.load(written(tmp_path, graph, size))
    rng = np.random.default_rng(0)
    (found,) = layers(runner, graph, rng.integers(-128, 128, (*size, 5), np.int8)).values()
    assert found.most <= 1
    assert found.apart <= 1 + found.values / 1000
    assert runner.delegation() == ONE_PARTITION


def test_no_operator_is_one_that_xnnpack_leaves(tmp_path: Path) -> None:
    operators = read.read(written(tmp_path, NETWORKS["published"], (512, 1024))).operators
    assert not {"AVERAGE_POOL_2D", "RELU", "RELU6"} & operators.keys()
    assert (operators["DEQUANTIZE"], operators["QUANTIZE"]) == (1, 1)


def test_labels_come_from_the_integers(tmp_path: Path) -> None:
    graph = with_labels(NETWORKS["published"])
    runner = run.load(written(tmp_path, graph, ODD))
    results = runner.run(pixels(ODD), ["logits"])
    assert results["logits"].dtype == np.int8
    assert results["labels"].dtype == np.int32
    assert np.array_equal(results["labels"][..., 0], results["logits"].argmax(axis=2))
    assert runner.delegation().outside == ("ARG_MAX",)


FLOATS = ("fusion.add", "classifier.dsconv1.depthwise", "pyramid.pool2", "pyramid.conv2")


def mixed() -> Graph:
    """A network of which some layers stay in float."""
    b = Builder(seed=4)
    first = b.conv("first", "image", 8, 3, stride=2, padding=1, activation="relu")
    b.add("pool", Pool((3, 3)), first)
    b.conv("branch", "pool", 8)
    b.add("back", Resize(True), "branch", "first")
    b.conv("middle", "first", 8, 3, groups=8, padding=1)
    b.add("sum", Add("relu"), "middle", "back")
    return b.graph(b.conv("logits", "sum", 5))


@pytest.mark.parametrize(
    "floats",
    [("middle",), ("sum",), ("pool", "branch"), ("back", "sum", "logits"), ("first",), ("logits",)],
    ids="+".join,
)
def test_layers_left_in_float_are_in_float_and_no_others(tmp_path: Path, floats: tuple[str, ...]) -> None:
    graph = quantized(mixed(), pixels(EVEN), floats, pixels_in=True)
    runner = run.load(written(tmp_path, graph, EVEN))
    for name, layer in layers(runner, graph, pixels(EVEN)).items():
        # in int8 one step, where a float sum lies on the other side of a tie
        limit = 4e-6 * layer.span if graph[name].quant is None else 1
        assert layer.most <= limit, name
    contents = runner.contents
    assert contents.floats == set(floats)
    assert contents.quants == {node.name: node.quant for node in graph if node.quant is not None}
    assert runner.delegation() == ONE_PARTITION


def test_weights_that_are_only_stored_in_int8_are_not_written() -> None:
    graph = quantized_operator_graphs(EVEN)["conv 1x1"]
    node = graph["logits"]
    assert isinstance(node.operator, Conv)
    stored = replace(node, operator=replace(node.operator, bias=np.zeros(5, np.float32)), quant=None)
    with pytest.raises(ValueError, match="only stores"):
        write.write(Graph((replace(graph.input, quant=None), stored), "logits"), EVEN, info_of(5))


def test_a_wrong_number_would_be_seen(tmp_path: Path) -> None:
    """The comparison above can fail: the oracle has one channel's weights the other way round."""
    graph = NETWORKS["published"]
    node = graph["fusion.high"]
    assert isinstance(node.operator, Conv)
    weight = node.operator.weight.copy()
    weight[3] *= -1
    wrong = replace(node, operator=replace(node.operator, weight=weight))
    other = Graph(tuple(wrong if n is node else n for n in graph), graph.output)
    runner = run.load(written(tmp_path, graph, ODD))
    found = layers(runner, other, pixels(ODD))
    assert found["fusion.high"].share > ROUNDED_OTHERWISE[Conv]
    assert found["fusion.low"].apart == 0
    with pytest.raises(AssertionError, match="Conv"):
        assert_computes(other, found)


def test_another_zero_point_would_be_seen(tmp_path: Path) -> None:
    graph = NETWORKS["published"]
    node = graph["fusion.high"]
    assert node.quant is not None
    moved = replace(node, quant=Quant(node.quant.scale, node.quant.zero_point + 1))
    other = Graph(tuple(moved if n is node else n for n in graph), graph.output)
    found = layers(run.load(written(tmp_path, graph, ODD)), other, pixels(ODD))
    assert found["fusion.high"].share > 0.5
