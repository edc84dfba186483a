"""A Graph as a torch module computes what the Graph computes, and torch.fx can trace it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import fx

from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph, Pair
from fastscnn.info import Preprocessing
from quantize import pixels as pixel_input
from quantize.torch_graph import LEAVES, TorchGraph, batched, legal_names, with_parameters
from tests.graphs import ODD, Builder, fast_scnn, picture, with_labels
from tests.operator_graphs import operator_graphs
from tests.quantized_graphs import NOT_QUANTIZED, pixels

SIZE: Pair = (40, 33)
OPERATORS = [name for name in operator_graphs() if name not in (*NOT_QUANTIZED, "argmax")]
NETWORKS = {
    "published": fast_scnn(classes=5),
    "half pixels, same": fast_scnn(classes=5, align_corners=False, first_padding="same", relu_between=False),
    "relu6, pad 1, maximum": fast_scnn(
        classes=5, first_padding=1, bottleneck_activation="relu6", pool="max", fusion_dilation=4, stride=8
    ),
}


def computed(graph: Graph, feed: Array, network: torch.nn.Module | None = None) -> Array:
    network = network if network is not None else TorchGraph(graph)
    with torch.inference_mode():
        result: Array = network.eval()(batched([feed]))[0].permute(1, 2, 0).numpy()
    return result


def assert_equal_to_rounding(found: Array, expected: Array) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 2e-5 * max(1.0, float(np.ptp(expected)))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator(name: str) -> None:
    graph = operator_graphs()[name]
    feed = picture(SIZE, graph.input.operator.channels)  # type: ignore[attr-defined]
    assert_equal_to_rounding(computed(graph, feed), reference.run(graph, feed)[graph.output])


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_networks_traced(name: str) -> None:
    graph = NETWORKS[name]

    class Tracer(fx.Tracer):
        def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
            return isinstance(m, LEAVES) or super().is_leaf_module(m, module_qualified_name)

    network = TorchGraph(graph)
    traced = fx.GraphModule(network, Tracer().trace(network))
    feed = picture(ODD)
    assert_equal_to_rounding(computed(graph, feed, traced), reference.run(graph, feed)[graph.output])


@pytest.mark.parametrize("padding", [1, "same"])
def test_a_border_is_around_the_picture(padding: int | str) -> None:
    b = Builder(seed=3)
    first = b.conv("logits", "image", 6, 3, stride=2, padding=padding)  # type: ignore[arg-type]
    graph = pixel_input.apply(b.graph(first), Preprocessing(order="bgr"))
    feed = pixels((33, 41)).astype(np.float32)
    assert_equal_to_rounding(computed(graph, feed), reference.run(graph, feed)["logits"])


def test_every_step_can_be_looked_at_and_changed() -> None:
    graph = NETWORKS["published"]
    seen: list[str] = []

    def after(node: object, result: torch.Tensor) -> torch.Tensor:
        seen.append(node.name)  # type: ignore[attr-defined]
        return result * 0

    with torch.inference_mode():
        result = TorchGraph(graph).walk(batched([picture((32, 32))]), after)
    assert seen == [node.name for node in graph.nodes[1:]]
    assert not result.any()


def test_names_are_legal_and_no_two_are_the_same() -> None:
    b = Builder()
    x = b.conv("a.b", "image", 2)
    x = b.conv("a_b", x, 2)
    x = b.conv("keys", x, 2)
    names = legal_names(b.graph(x))
    assert set(names) == {"image", "a.b", "a_b", "keys"}
    assert len(set(names.values())) == 4
    assert not any("." in name for name in names.values())
    TorchGraph(b.graph(x))


def test_other_weights_go_back_into_the_graph() -> None:
    graph = NETWORKS["published"]
    name, conv = next((node.name, conv) for node, conv in graph.of(Conv))
    changed = with_parameters(graph, {name: (conv.weight * 2, conv.bias + 1)})
    found = changed[name].operator
    assert isinstance(found, Conv)
    np.testing.assert_array_equal(found.weight, conv.weight * 2)
    np.testing.assert_array_equal(found.bias, conv.bias + 1)
    assert found.stride == conv.stride
    assert [node.name for node in changed] == [node.name for node in graph]


def test_labels_are_no_part_of_it() -> None:
    with pytest.raises(ValueError, match="labels"):
        TorchGraph(with_labels(NETWORKS["published"]))
