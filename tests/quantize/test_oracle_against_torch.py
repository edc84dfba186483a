"""The integer oracle is right when torch's reference quantized model agrees, each node on the same inputs.

Torch computes in float32 between dequantize and quantize, and adds the zero point before it rounds. So the
two may round a tie apart: by one step, and only where the exact value lies so near a half that float32 cannot
tell. That is asserted value by value.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.ao.quantization import MinMaxObserver

from fastscnn.graph import file, reference
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Add, Argmax, Array, Conv, Graph, Node, Pair, Pool, Quantize, Resize
from fastscnn.graph.integers import bias_scales
from fastscnn.info import Preprocessing
from fastscnn.network.checkpoint import load
from quantize import pixels as pixel_input
from quantize import torch_ao
from quantize.torch_graph import batched, legal_names
from tests.graphs import Builder, fast_scnn
from tests.operator_graphs import operator_graphs
from tests.quantize import exact_steps, torch_reference
from tests.quantized_graphs import (
    NOT_QUANTIZED,
    pixels,
    quantized,
    quantized_fast_scnn,
    quantized_operator_graphs,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")

SIZES: tuple[Pair, ...] = ((18, 23), (40, 33))
OPERATORS = [name for name in operator_graphs() if name not in NOT_QUANTIZED]


@pytest.fixture(scope="module")
def graphs() -> dict[Pair, dict[str, Graph]]:
    return {size: quantized_operator_graphs(size) for size in SIZES}


def rounds(node: Node) -> bool:
    """Whether a node makes new numbers: others only move or clip them."""
    kind = node.operator
    return isinstance(kind, (Conv, Add, Resize, Quantize)) or (
        isinstance(kind, Pool) and kind.kind == "average"
    )


def assert_apart_at_ties_alone(graph: Graph, node: Node, sources: list[Array], theirs: Array) -> Array:
    """Which of the node's values are one step apart; AssertionError where they may not be."""
    ours = reference.step(graph, node.name, sources)
    if node.quant is None or not rounds(node):
        np.testing.assert_array_equal(ours, theirs, err_msg=node.name)
        return np.zeros(ours.shape, bool)
    difference = np.abs(ours.astype(np.int16) - theirs)
    assert difference.max() <= 1, f"{node.name}: {difference.max()} steps"
    apart: Array = difference > 0
    exact, error = exact_steps.steps(graph, node, sources)
    distance = exact_steps.from_a_tie(exact)
    assert (distance[apart] <= error[apart]).all(), (
        f"{node.name}: torch rounds otherwise {distance[apart].max()} from a tie"
    )
    return apart


def assert_torchs(graph: Graph, feed: Array) -> float:
    """Every node against torch on the oracle's inputs; the share of convolved and added values apart."""
    tensors = reference.run(graph, feed, [node.name for node in graph])
    apart = [np.zeros(1, bool)]
    for node in graph.nodes[1:]:
        sources = [tensors[name] for name in node.inputs]
        if isinstance(node.operator, Argmax):
            np.testing.assert_array_equal(tensors[node.name][..., 0], np.argmax(sources[0], axis=2))
        elif not graph.computes_in_float(node):
            theirs = torch_reference.step(graph, node, sources)
            steps_apart = assert_apart_at_ties_alone(graph, node, sources, theirs)
            if isinstance(node.operator, (Conv, Add)):
                apart.append(steps_apart.ravel())
    return float(np.concatenate(apart).mean())


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_is_torchs(name: str, size: Pair, graphs: dict[Pair, dict[str, Graph]]) -> None:
    graph = graphs[size][name]
    channels = graph.input.operator.channels  # type: ignore[attr-defined]
    noise = np.random.default_rng(sum(size)).integers(-128, 128, (*size, channels))
    assert_torchs(graph, noise.astype(np.int8))


def layers_after_a_border() -> Graph:
    """A padded first convolution, which has a border where the input is pixels, and one after it."""
    b = Builder(seed=3)
    x = b.conv("first", "image", 6, 3, stride=2, padding=1, activation="relu")
    return pixel_input.apply(b.graph(b.conv("logits", x, 4, 3, padding=1)), Preprocessing(order="bgr"))


@pytest.mark.parametrize("floats", [(), ("first",), ("logits",)], ids=str)
def test_borders_and_the_ways_between_float_and_int8_are_torchs(floats: Collection[str]) -> None:
    graph = layers_after_a_border()
    integers = quantized(graph, pixels((33, 41)), floats, pixels_in=True)
    assert any(integers.computes_in_float(node) for node in integers) == bool(floats)
    assert_torchs(integers, pixels((33, 41), seed=1))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"align_corners": False, "first_padding": "same", "relu_between": False},
        {"first_padding": 1, "bottleneck_activation": "relu6", "fusion_dilation": 4, "pool": "max"},
    ],
    ids=["published", "half pixels", "relu6"],
)
def test_a_whole_network_is_torchs(options: dict[str, object]) -> None:
    graph = quantized_fast_scnn((64, 96), **options)
    assert assert_torchs(graph, pixels((64, 96), seed=1)) <= 1e-4


def converted(graph: Graph, calibration: Array, floats: Collection[str] = ()) -> torch_ao.Reference:
    """torch.ao's reference model of a Graph that takes pixels, its biases rounded to whole numbers."""
    prepared = torch_ao.prepare(graph, lambda name: MinMaxObserver(dtype=torch.quint8), floats=floats)
    with torch.inference_mode():
        prepared.module(batched([calibration]))
    model = torch_ao.convert(prepared)
    for node, conv in model.assembled().of(Conv):
        if node.quant is not None:
            assert conv.scales is not None
            unit = bias_scales(conv.scales, model.quants[graph[node.name].inputs[0]])
            layer = model.module.get_submodule(f"layers.{legal_names(graph)[node.name]}.conv")
            holder: Any = layer[0] if isinstance(layer, nn.Sequential) else layer
            holder.bias.data = torch.from_numpy(conv.bias.astype(np.float32) * unit)
    return model


def torchs_own(model: torch_ao.Reference, feed: Array) -> dict[str, Array]:
    """Each tensor of torch's reference model on a picture, as int8."""
    taps = model.tapped(batched([feed]))
    return {
        name: (numbers[0].permute(1, 2, 0).numpy().astype(np.int16) - 128).astype(np.int8)
        for name, numbers in taps.items()
    }


def assert_reference_model(model: torch_ao.Reference, feed: Array) -> None:
    """Every quantized tensor that torch's model gives, from the tensors that it gave before."""
    graph, torchs = model.assembled(), torchs_own(model, feed)
    for node in graph.nodes[1:]:
        met = any(isinstance(graph[name].operator, Quantize) for name in node.inputs)
        if node.quant is not None and not isinstance(node.operator, Quantize) and not met:
            sources = [torchs[name] for name in node.inputs]
            assert_apart_at_ties_alone(graph, node, sources, torchs[node.name])


@pytest.mark.parametrize("floats", [(), ("features.stage1.1.depthwise", "classifier.conv")], ids=str)
def test_torchs_reference_model_of_a_network_is_the_oracle(floats: tuple[str, ...]) -> None:
    graph = pixel_input.apply(fast_scnn(classes=5, first_padding=1), Preprocessing())
    assert_reference_model(converted(graph, pixels((64, 96)), floats), pixels((64, 96), seed=1))


def test_the_integers_that_the_package_ships_are_torchs() -> None:
    shipped = file.load(Path(str(resources.files("fastscnn.weights") / "camvid.int8.safetensors")))
    assert assert_torchs(shipped.graph, pixels((96, 128))) <= 1e-4


@pytest.mark.slow
def test_torchs_reference_model_of_the_embedded_network_is_the_oracle() -> None:
    checkpoint = load(None)
    graph = pixel_input.apply(lower(checkpoint.network), checkpoint.info.preprocessing)
    assert_reference_model(converted(graph, pixels((360, 480))), pixels((360, 480), seed=1))
