"""What torch.ao holds is what the Graph holds: one observer where tensors share a scale, and every number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import fx, nn

from fastscnn.graph.graph import Add, Array, Conv, Graph, Quant
from fastscnn.info import Preprocessing
from quantize import pixels as pixel_input
from quantize import torch_ao
from quantize.observers import RangeObserver, range_of
from quantize.sharing import groups
from quantize.torch_graph import batched, legal_names
from tests.graphs import fast_scnn
from tests.quantized_graphs import pixels

SIZE = (64, 96)
VARIANTS: dict[str, dict[str, Any]] = {
    "published": {},
    "same": {"first_padding": "same", "relu_between": False, "align_corners": False},
    "relu6": {"first_padding": 1, "bottleneck_activation": "relu6", "pool": "max", "fusion_dilation": 4},
}


def network(variant: str) -> Graph:
    return pixel_input.apply(fast_scnn(classes=5, input_name="input", **VARIANTS[variant]), Preprocessing())


def converted(graph: Graph, **options: Any) -> torch_ao.Reference:
    prepared = torch_ao.prepare(graph, lambda name: RangeObserver(), **options)
    with torch.inference_mode():
        prepared.module(batched([pixels(SIZE)]))
    for observer in prepared.observers().values():
        if isinstance(observer, RangeObserver):
            observer.range = range_of(observer, "minmax")
    return torch_ao.convert(prepared)


@pytest.fixture(scope="module", params=VARIANTS)
def reference(request: pytest.FixtureRequest) -> torch_ao.Reference:
    return converted(network(request.param))


def held(module: fx.GraphModule) -> list[tuple[str, float, int]]:
    """Each quantize node of torch's model: what it reads, its scale and its zero point."""
    return [
        (str(node.args[0].target), *(getattr(module, part.target).item() for part in node.args[1:3]))
        for node in module.graph.nodes
        if node.target is torch.quantize_per_tensor
    ]


def test_every_scale_and_zero_point_is_torchs(reference: torch_ao.Reference) -> None:
    graph = reference.assembled()
    names = {f"layers.{legal}": name for name, legal in legal_names(graph).items()}
    names |= {
        "x": graph.input.name,
        f"layers.{legal_names(graph)['downsample.conv']}.surround": graph.input.name,
    }
    seen: dict[str, Quant] = {}
    for path, scale, zero_point in held(reference.module):
        name = names.get(path) or names[path.rpartition(".")[0]]
        quant = Quant(scale, zero_point - 128)
        assert seen.setdefault(name, quant) == quant
    assert seen == {node.name: node.quant for node in graph}


def test_every_weight_and_its_scale_is_torchs(reference: torch_ao.Reference) -> None:
    graph = reference.assembled()
    theirs = {
        name: module
        for name, module in reference.module.named_modules()
        if isinstance(module, nn.Conv2d) and hasattr(module, "get_quantized_weight")
    }
    assert len(theirs) == len(list(graph.of(Conv)))
    for node, conv in graph.of(Conv):
        path = f"layers.{legal_names(graph)[node.name]}.conv"
        module: Any = theirs.get(path) or theirs[f"{path}.0"]
        numbers = module.get_quantized_weight()
        np.testing.assert_array_equal(conv.weight, numbers.int_repr().numpy())
        assert conv.scales is not None
        np.testing.assert_array_equal(conv.scales, numbers.q_per_channel_scales().float().numpy())
        assert np.abs(conv.weight.astype(int)).max() == 127


def test_tensors_that_share_a_scale_share_an_observer() -> None:
    graph = network("published")
    made: list[str] = []

    def observer(name: str) -> nn.Module:
        made.append(name)
        return RangeObserver()

    prepared = torch_ao.prepare(graph, observer)
    shared = groups(graph)
    assert sorted(made) == sorted(set(shared.values()) - {"image"})
    placed = {id(module) for module in prepared.module.modules() if isinstance(module, torch_ao.ObserverBase)}
    assert len(placed) == len(made) + 1
    assert set(prepared.observers()) == {*made, "image"}


def test_what_is_shared_in_torch_is_shared_in_the_graph(reference: torch_ao.Reference) -> None:
    graph = reference.assembled()
    for name, root in groups(graph).items():
        assert graph[name].quant == graph[root].quant


def test_pixels_keep_their_numbers(reference: torch_ao.Reference) -> None:
    assert reference.assembled().input.quant == Quant(1.0, -128)


def test_a_tensor_input_is_observed() -> None:
    graph = fast_scnn(classes=5, input_name="input")
    prepared = torch_ao.prepare(graph, lambda name: RangeObserver(), pixels=False)
    assert isinstance(prepared.observers()["input"], RangeObserver)


def test_weights_of_7_bits() -> None:
    graph = converted(network("published"), highest=63).assembled()
    for _, conv in graph.of(Conv):
        assert (np.abs(conv.weight.astype(int)).reshape(conv.out_channels, -1).max(axis=1) == 63).all()


def test_layers_that_stay_in_float() -> None:
    floats = ("classifier.conv", "fusion.add", "downsample.conv")
    graph = network("relu6")
    found = converted(graph, floats=floats).assembled()
    assert {node.name for node in found if found.computes_in_float(node)} - {"fusion.add.int8"} >= set(floats)
    for name in floats:
        assert found[name].quant is None
    kept = found["classifier.conv"].operator
    original = graph["classifier.conv"].operator
    assert isinstance(kept, Conv)
    assert isinstance(original, Conv)
    np.testing.assert_array_equal(kept.weight, original.weight)
    assert kept.scales is None
    assert isinstance(found["fusion.add"].operator, Add)


def test_a_great_bias_makes_a_small_scale_greater() -> None:
    """Its int32 steps stay within what the Graph allows."""
    graph = network("published")
    conv = graph["fusion.low"].operator
    assert isinstance(conv, Conv)
    conv.weight[0] *= 1e-9
    conv.bias[0] = 50.0
    found = converted(graph).assembled()["fusion.low"].operator
    assert isinstance(found, Conv)
    assert 2**22 < abs(int(found.bias[0])) < 2**24
    assert not found.weight[0].any()


def test_preparing_converting_and_reading_leaves_the_prepared_network_as_it_is() -> None:
    prepared = torch_ao.prepare(network("published"), lambda name: RangeObserver())
    with torch.inference_mode():
        prepared.module(batched([pixels(SIZE)]))
    for observer in prepared.observers().values():
        if isinstance(observer, RangeObserver):
            observer.range = range_of(observer, "minmax")
    first, second = (torch_ao.convert(prepared) for _ in range(2))
    assert_same(first.assembled(), second.assembled())


def assert_same(left: Graph, right: Graph) -> None:
    assert [(node.name, node.quant) for node in left] == [(node.name, node.quant) for node in right]
    for (_, one), (_, other) in zip(left.of(Conv), right.of(Conv), strict=True):
        for mine, theirs in ((one.weight, other.weight), (one.bias, other.bias), (one.scales, other.scales)):
            assert_arrays(mine, theirs)


def assert_arrays(left: Array | None, right: Array | None) -> None:
    assert left is not None
    assert right is not None
    np.testing.assert_array_equal(left, right)
