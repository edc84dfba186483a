"""Weights, scales and biases come back as they were decided, and any other number is another number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.base import Contents
from export.formats.coreml.convolutions import integer_bias
from export.formats.coreml.package import DATA, WEIGHT_FILE
from export.formats.coreml.read import read
from export.passes import float_output
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array, Conv, Graph
from fastscnn.graph.integers import HIGHEST_BIAS, bias_scales, float_bias
from tests.export.formats.coreml.packages import constant_of, edit_model, exported, operations
from tests.graphs import Builder
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

SIZE = (40, 48)


def network() -> Graph:
    b = Builder(seed=4)
    x = b.conv("first", "image", 16, 3, stride=2, activation="relu")
    x = b.conv("second", x, 16, 3, padding=1, groups=16)
    return float_output.apply(quantized(b.graph(b.conv("logits", x, 12)), pixels(SIZE), pixels_in=True))


GRAPH = network()
LAST = "logits.int8"
CONVOLUTIONS = {node.name: conv for node, conv in GRAPH.of(Conv)}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return exported(GRAPH, SIZE, tmp_path)


def same(held: Contents, kind: str, name: str, wanted: Array | None) -> bool:
    found = getattr(held, kind)[name]
    assert wanted is not None
    return found.dtype == wanted.dtype and np.array_equal(found, wanted)


def units(graph: Graph, name: str) -> Array:
    conv, source = graph[name].operator, graph[graph[name].inputs[0]].quant
    assert isinstance(conv, Conv)
    assert conv.scales is not None
    assert source is not None
    return bias_scales(conv.scales, source)


def test_a_whole_networks_numbers_come_back_bit_for_bit(tmp_path: Path) -> None:
    graph = float_output.apply(quantized_fast_scnn(first_padding="same"))
    contents = read(exported(graph, (64, 96), tmp_path))
    convolutions = {node.name: conv for node, conv in graph.of(Conv)}
    assert list(contents.weights) == list(contents.biases) == list(contents.scales) == list(convolutions)
    assert list(contents.bias_scales) == list(convolutions)
    for name, conv in convolutions.items():
        assert same(contents, "weights", name, conv.weight)
        assert same(contents, "scales", name, conv.scales)
        assert same(contents, "biases", name, conv.bias)
        assert same(contents, "bias_scales", name, units(graph, name))


@pytest.mark.parametrize("greatest", [1, 1000, 2**20, HIGHEST_BIAS])
def test_an_integer_comes_back_from_its_float_bias(greatest: int) -> None:
    rng = np.random.default_rng(greatest)
    scales = np.exp(rng.uniform(-60, 3, 200_000)).astype(np.float32)
    bias = rng.integers(-greatest, greatest + 1, scales.shape).astype(np.int32)
    bias[:2] = greatest, -greatest
    found = integer_bias(float_bias(bias, scales), scales)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, bias)


def test_above_the_highest_bias_integers_do_not_all_come_back() -> None:
    """Why it is not higher."""
    bias = np.arange(2 * HIGHEST_BIAS - 1000, 2 * HIGHEST_BIAS, dtype=np.int32)
    scales = np.full(bias.shape, 1.5, np.float32)
    assert len(set(float_bias(bias, scales).tolist())) < len(bias)


def test_a_bias_that_is_no_integer_of_its_units_stays_what_it_is() -> None:
    scales = np.array([0.1, 0.2], np.float32)
    off = float_bias(np.array([70000, -3], np.int32), scales)
    off[1] = np.nextafter(off[1], np.float32(0))
    found = integer_bias(off, scales)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, off)


def replace_stored(package: Path, old: Array, new: Array) -> None:
    """Other bytes in the weight file."""
    path = package / DATA / WEIGHT_FILE
    content, stored = path.read_bytes(), np.ascontiguousarray(old).tobytes()
    assert content.count(stored) == 1
    path.write_bytes(content.replace(stored, np.ascontiguousarray(new).tobytes()))


def changed(array: Array | None, place: int, change: Callable[[Any], Any]) -> Array:
    assert array is not None
    result = array.copy()
    result.flat[place] = change(result.flat[place])
    return result


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_one_weight_changed_by_one_is_another_weight(name: str, package: Path) -> None:
    conv = CONVOLUTIONS[name]
    mutated = changed(conv.weight, 5, lambda weight: weight - 1 if weight > 0 else weight + 1)
    replace_stored(package, conv.weight, mutated)
    contents = read(package)
    assert same(contents, "weights", name, mutated)
    assert not same(contents, "weights", name, conv.weight)


def test_two_channels_swapped_are_other_weights(package: Path) -> None:
    conv = CONVOLUTIONS[LAST]
    swapped = conv.weight[:, [1, 0, *range(2, 16)]]
    replace_stored(package, conv.weight, swapped)
    assert same(read(package), "weights", LAST, swapped)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_one_scale_changed_by_its_last_bit_is_another_scale(name: str, package: Path) -> None:
    conv = CONVOLUTIONS[name]
    mutated = changed(conv.scales, 3, lambda scale: np.nextafter(scale, np.float32(1)))
    replace_stored(package, conv.scales, mutated)  # type: ignore[arg-type]
    contents = read(package)
    assert same(contents, "scales", name, mutated)
    assert not same(contents, "scales", name, conv.scales)
    assert not same(contents, "bias_scales", name, units(GRAPH, name))


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_one_bias_changed_is_another_bias(name: str, tmp_path: Path) -> None:
    """By one unit, or by the last bit of its float, which is no bias of an integer convolution at all."""
    conv, scales = CONVOLUTIONS[name], units(GRAPH, name)
    stored = float_bias(conv.bias, scales)
    by_one = changed(conv.bias, 2, lambda bias: bias + 1)
    by_a_bit = changed(stored, 2, lambda bias: np.nextafter(bias, np.float32(9)))
    for folder, mutated, found in (
        ("unit", float_bias(by_one, scales), by_one),
        ("bit", by_a_bit, by_a_bit),
    ):
        package = exported(GRAPH, SIZE, tmp_path / folder)
        replace_stored(package, stored, mutated)
        assert same(read(package), "biases", name, found)


def test_float_weights_in_their_place_are_seen(package: Path) -> None:
    """What the int8 ones stand for, computing the same."""
    conv = CONVOLUTIONS[LAST]

    assert conv.scales is not None
    floats = conv.weight * conv.scales[:, None, None, None]

    def edit(model: Any) -> None:
        constant = operations(model, "constexpr_affine_dequantize")[2]
        constant.type = "const"
        for key in ("quantized_data", "scale", "zero_point", "axis"):
            del constant.attributes[key]
        value = constant.attributes["val"]
        value.type.CopyFrom(constant.outputs[0].type)
        value.immediateValue.tensor.floats.values.extend(floats.ravel().tolist())

    edit_model(package, edit)
    contents = read(package)
    assert same(contents, "weights", LAST, floats)
    assert LAST not in contents.scales


def raise_zero_point(model: Any) -> None:
    constexpr = operations(model, "constexpr_affine_dequantize")[2]
    constexpr.attributes["zero_point"].immediateValue.tensor.bytes.values = b"\x01"


def turn_axis(model: Any) -> None:
    """12 outputs of 16 channels: the scales of another axis do not fit."""
    constexpr = operations(model, "constexpr_affine_dequantize")[2]
    constexpr.attributes["axis"].immediateValue.tensor.ints.values[0] = 1


def test_weights_with_a_zero_point_are_given_as_what_they_come_to(package: Path) -> None:
    edit_model(package, raise_zero_point)
    contents = read(package)
    conv = CONVOLUTIONS[LAST]
    assert conv.scales is not None
    wanted = (conv.weight.astype(np.float32) - 1) * conv.scales[:, None, None, None]
    assert same(contents, "weights", LAST, wanted)
    assert LAST not in contents.scales


def test_scales_that_do_not_fit_are_refused(package: Path) -> None:
    edit_model(package, turn_axis)
    with pytest.raises(ArtifactError, match="its weights 'logits_int8_weight' cannot be computed"):
        read(package)


def test_the_source_of_a_convolution_decides_what_its_bias_means(package: Path) -> None:
    """Another scale before it is another unit of its bias."""

    def edit(model: Any) -> None:
        index = [op.outputs[0].name for op in operations(model, "dequantize")].index("second_source")
        values = constant_of(model, "dequantize", "scale", index).immediateValue.tensor.floats.values
        values[0] = float(np.nextafter(np.float32(values[0]), np.float32(np.inf)))

    edit_model(package, edit)
    contents = read(package)
    assert not same(contents, "bias_scales", "second", units(GRAPH, "second"))
    assert "first" not in contents.quants
