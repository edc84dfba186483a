"""From a float network and pictures to integers: the same every time, near the float network, all as told."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from fastscnn.console import Console
from fastscnn.errors import RangeError, RecipeError
from fastscnn.graph import file, reference
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array, Conv, Graph, Quantize
from fastscnn.graph.integers import dequantize
from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network.checkpoint import Checkpoint
from fastscnn.network.matching import Network
from fastscnn.network.network import FastSCNN
from fastscnn.network.simplified import Simplified
from fastscnn.network.variant import OURS, Variant
from quantize import ptq, running
from quantize.calibration import Calibration
from quantize.ptq import Quantized
from quantize.recipe import Recipe
from quantize.sharing import groups
from tests.network import untrained
from tests.quantize import scenes

SIZE = (64, 96)
QUIET = Console(quiet=True)
PICTURES = [scenes.scene(number, SIZE) for number in range(9)]
VARIANTS = {
    "padded": OURS,
    "unpadded": Variant(first_padding="0", output_align_corners=True),
    "same, relu6": Variant(first_padding="same", relu6=True, pyramid_pool="max", output_stride=8),
    "no relu between": Variant(
        first_padding="1", depthwise_relu=False, pyramid_norm=False, fusion_dilation=4
    ),
}


def random_network(network: Network) -> Checkpoint:
    """Random weights, and a preprocessing like no other."""
    info = ModelInfo(
        "fastscnn",
        ("sky", "road", "car"),
        ((0, 0, 0), (1, 1, 1), (2, 2, 2)),
        preprocessing=Preprocessing("bgr", (100.0, 110.0, 120.0), (50.0, 60.0, 70.0)),
        align_corners=False,
    )
    feeds = [normalised(picture, info.preprocessing).transpose(2, 0, 1) for picture in PICTURES]
    made = untrained.healthy(network, torch.from_numpy(np.stack(feeds)))
    return Checkpoint(made, info, {}, (), (), "fastscnn", "")


def quantized(checkpoint: Checkpoint, pictures: list[Array] | None = None, **options: Any) -> Quantized:
    return ptq.quantize(checkpoint, Calibration.of(pictures or PICTURES), **{"console": QUIET, **options})


def content(quantized: Quantized) -> bytes:
    return file.dump(quantized.graph, quantized.info, quantized.record)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """The smallest network there is."""
    return random_network(Simplified(3))


@pytest.fixture(scope="module")
def whole(checkpoint: Checkpoint) -> Quantized:
    return quantized(checkpoint)


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("count", [1, 2])
def test_threads_do_not_matter(checkpoint: Checkpoint, whole: Quantized, count: int) -> None:
    torch.set_num_threads(count)
    assert content(quantized(checkpoint)) == content(whole)
    assert torch.get_num_threads() == count


def test_the_order_of_pictures_does_not_matter(checkpoint: Checkpoint, whole: Quantized) -> None:
    shuffled = list(PICTURES)
    random.Random(5).shuffle(shuffled)
    assert content(quantized(checkpoint, shuffled)) == content(whole)


def test_other_pictures_give_other_integers(checkpoint: Checkpoint, whole: Quantized) -> None:
    others = [scenes.scene(number, SIZE) for number in range(9, 18)]
    assert content(quantized(checkpoint, others)) != content(whole)


def test_the_float_network_stays_as_it_was(checkpoint: Checkpoint) -> None:
    before = {name: tensor.clone() for name, tensor in checkpoint.network.state_dict().items()}
    quantized(checkpoint)
    after = checkpoint.network.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def test_all_is_int8_and_what_shares_a_scale_has_one(whole: Quantized) -> None:
    graph = whole.graph
    assert all(node.quant is not None for node in graph)
    for name, root in groups(graph).items():
        assert graph[name].quant == graph[root].quant


@pytest.mark.parametrize("name", VARIANTS)
def test_every_layer_of_every_kind_of_network(name: str) -> None:
    """On its own integers each gives what the float layer gives for them, but for its own rounding."""
    found = quantized(random_network(FastSCNN(3, VARIANTS[name])), recipe=Recipe(ranges="histogram"))
    graph, exact = found.graph, found.reference.graph
    tensors = reference.run(graph, PICTURES[0], [node.name for node in graph])
    for node in graph.nodes[1:]:
        quant = node.quant
        assert quant is not None
        inputs = [value(graph, source, tensors[source]) for source in node.inputs]
        least, most = ((end - quant.zero_point) * quant.scale for end in (-128, 127))
        expected = reference.step(exact, node.name, inputs).clip(least, most)
        error = np.sqrt(np.square(value(graph, node.name, tensors[node.name]) - expected).mean())
        assert error < 2 * quant.scale, node.name


def value(graph: Graph, name: str, numbers: Array) -> Array:
    """What int8 numbers stand for."""
    quant = graph[name].quant
    assert quant is not None
    return dequantize(numbers, quant)


def test_pixels_enter_as_they_are(whole: Quantized) -> None:
    assert whole.graph.input.name == "image"
    assert whole.graph.input.quant is not None
    assert (whole.graph.input.quant.scale, whole.graph.input.quant.zero_point) == (1.0, -128)


def test_a_normalised_tensor_can_enter_instead(checkpoint: Checkpoint) -> None:
    found = quantized(checkpoint, input="tensor")
    assert found.record["input"] == found.graph.input.name.replace("input", "tensor")
    quant = found.graph.input.quant
    assert quant is not None
    feeds = np.stack([normalised(picture, found.info.preprocessing) for picture in PICTURES])
    assert 0.9 * np.ptp(feeds) < 255 * quant.scale < 1.01 * np.ptp(feeds)


def test_what_is_said_of_how_it_was_decided(whole: Quantized) -> None:
    record = json.loads(json.dumps(whole.record, allow_nan=False))
    assert record["method"] == "ptq"
    assert record["input"] == "image"
    assert record["size"] == list(SIZE)
    assert record["calibration"] == {"pictures": 9, "sha256": Calibration.of(PICTURES).sha256}
    assert record["recipe"]["ranges"] == "best"
    assert record["versions"]["torch"] == torch.__version__
    assert len({choice["method"] for choice in record["ranges"].values()}) > 1
    assert set(record["ranges"]) == set(groups(whole.graph).values()) - {"image"}


@pytest.mark.parametrize("method", ["minmax", "percentile", "histogram"])
def test_ranges_as_the_recipe_says(checkpoint: Checkpoint, method: Any) -> None:
    found = quantized(checkpoint, recipe=Recipe(ranges=method))
    assert {choice["method"] for choice in found.record["ranges"].values()} == {method}


def test_the_range_of_a_single_layer_as_the_recipe_says(checkpoint: Checkpoint, whole: Quantized) -> None:
    named = next(name for name, choice in whole.record["ranges"].items() if choice["method"] != "minmax")
    found = quantized(checkpoint, recipe=Recipe(ranges_of={named: "minmax"}))
    ranges = {name: choice["method"] for name, choice in found.record["ranges"].items()}
    expected = {name: choice["method"] for name, choice in whole.record["ranges"].items()}
    assert ranges == {**expected, named: "minmax"}


def test_weights_of_7_bits(checkpoint: Checkpoint) -> None:
    found = quantized(checkpoint, recipe=Recipe(reduce_range=True))
    assert {int(np.abs(conv.weight.astype(int)).max()) for _, conv in found.graph.of(Conv)} == {63}


@pytest.mark.parametrize("input", ["image", "tensor"])
def test_layers_left_in_float(checkpoint: Checkpoint, input: Any) -> None:
    layers = ("learning_to_downsample.conv", "classifier.conv")
    found = quantized(checkpoint, recipe=Recipe(floats=layers), input=input).graph
    computing = [
        node.name
        for node in found
        if found.computes_in_float(node) and not isinstance(node.operator, Quantize)
    ]
    assert set(computing) == set(layers)
    assert (found.input.quant is None) == (input == "tensor")


def test_a_recipe_that_names_no_layer(checkpoint: Checkpoint) -> None:
    with pytest.raises(RecipeError, match="classifier"):
        quantized(checkpoint, recipe=Recipe(floats=("classifier",)))


def broken(checkpoint: Checkpoint, value: float) -> Checkpoint:
    """A network one of whose layers gives this value, or zero where its activation cuts it."""
    network = Simplified(3)
    network.load_state_dict(checkpoint.network.state_dict())
    norm = network.get_submodule("classifier.dsconv1.bn")
    assert isinstance(norm, torch.nn.BatchNorm2d)
    with torch.no_grad():
        norm.weight.zero_()
        norm.bias.fill_(value)
    return replace(checkpoint, network=network.eval())


def test_layers_without_a_range_are_named(checkpoint: Checkpoint) -> None:
    """The second has no bias: it gives zero for zero."""
    with pytest.raises(
        RangeError, match=r"classifier\.dsconv1\.pointwise, classifier\.dsconv2\.depthwise is 0"
    ) as caught:
        quantized(broken(checkpoint, -1.0))
    assert caught.value.exit_code == 2
    excluded = caught.value.remedy.split("--exclude ")[1:]
    layers = tuple(layer.strip() for layer in excluded)
    assert len(layers) == 3
    found = quantized(broken(checkpoint, -1.0), recipe=Recipe(floats=layers)).graph
    assert all(found[layer].quant is None for layer in layers)


def test_a_layer_that_becomes_infinite_is_named(checkpoint: Checkpoint) -> None:
    with pytest.raises(RangeError, match="infinite or NaN") as caught:
        quantized(broken(checkpoint, 3e38))
    assert caught.value.exit_code == 2


@pytest.mark.slow
def test_the_embedded_network_keeps_its_labels() -> None:
    """On unseen scenes, 0.974 of them; better than without equalization, correction and choice."""
    size = scenes.SIZE
    embedded = scenes.embedded()
    pictures = [scenes.scene(number) for number in range(24)]
    good = quantized(embedded, pictures)
    plain = quantized(embedded, pictures, recipe=Recipe(ranges="minmax", equalize=False, correct_bias=False))

    def agreement(graph: Graph) -> float:
        equal = []
        for number in range(24, 32):
            picture = scenes.scene(number)
            float_labels = reference.run(good.reference.graph, picture.astype(np.float32))
            expected = float_labels[good.graph.output].argmax(axis=2)
            equal.append((running.labels(graph, picture, embedded.info, size) == expected).mean())
        return float(np.mean(equal))

    assert agreement(good.graph) > 0.97
    assert agreement(good.graph) > agreement(plain.graph)
