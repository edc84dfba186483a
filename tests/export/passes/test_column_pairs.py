"""A first convolution on pairs of columns gives the same integers, in the oracle and in the runtime."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export import audit
from export.formats.tflite import read, run
from export.forms import Form
from export.passes import column_pairs, rgba_bytes
from export.spelling import spelled
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Fold, Graph, Input, Node, Padding, Pair, Quant
from fastscnn.graph.shapes import resolve
from quantize.pixels import PIXELS
from tests.export.formats.tflite.layers import layers, written
from tests.graphs import fast_scnn, info_of
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

SIZE = (64, 96)
NETWORKS: dict[str, dict[str, object]] = {
    "without padding": {"first_padding": 0},
    "padding 1": {"first_padding": 1},
    "same": {"first_padding": "same"},
}


def first(
    channels: int = 3,
    kernel: Pair = (3, 3),
    stride: Pair = (2, 2),
    dilation: Pair = (1, 1),
    padding: Padding = Padding(),  # noqa: B008
    bordered: bool = False,
    seed: int = 0,
) -> Graph:
    """A convolution of random integers on pixels."""
    rng = np.random.default_rng(seed)
    conv = Conv(
        rng.integers(-127, 128, (8, channels, *kernel), np.int8),
        rng.integers(-9999, 9999, 8, np.int32),
        stride=stride,
        dilation=dilation,
        padding=padding,
        activation="relu",
        scales=rng.uniform(1e-3, 1e-2, 8).astype(np.float32),
        border=rng.integers(-128, 128, channels, np.int8) if bordered else None,
    )
    source = Node("image", Input(channels), (), PIXELS)
    return Graph((source, Node("logits", conv, ("image",), Quant(0.5, -7))), "logits")


def folds(graph: Graph) -> bool:
    return any(isinstance(node.operator, Fold) for node in graph)


def tensors(graph: Graph, x: Array) -> dict[str, Array]:
    return reference.run(graph, x, [node.name for node in graph])


@settings(max_examples=80, deadline=None)
@given(
    size=st.tuples(st.integers(32, 40), st.integers(16, 24)),
    channels=st.integers(1, 4),
    kernel=st.tuples(st.integers(1, 4), st.integers(2, 6)),
    rows=st.integers(1, 3),
    pad=st.tuples(*[st.integers(0, 3)] * 4),
    bordered=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_convolution_gives_the_same_integers(
    size: Pair, channels: int, kernel: Pair, rows: int, pad: tuple[int, ...], bordered: bool, seed: int
) -> None:
    height, width = size[0], 2 * size[1]
    graph = first(channels, kernel, (rows, 2), (1, 1), Padding(*pad), bordered, seed)
    paired = column_pairs.apply(graph, (height, width))
    x = pixels((height, width), channels, seed)
    np.testing.assert_array_equal(
        reference.run(paired, x)["logits"], reference.run(graph, x)["logits"], strict=True
    )
    assert folds(paired)
    assert resolve(paired, (height, width))["logits"] == resolve(graph, (height, width))["logits"]


@pytest.mark.parametrize("form", ["image", "rgba"])
@pytest.mark.parametrize("network", NETWORKS)
def test_every_tensor_of_a_network_stays(network: str, form: str) -> None:
    graph = quantized_fast_scnn(SIZE, **NETWORKS[network])
    graph = rgba_bytes.apply(graph) if form == "rgba" else graph
    x = pixels(SIZE, 4 if form == "rgba" else 3, seed=3)
    before, after = tensors(graph, x), tensors(column_pairs.apply(graph, SIZE), x)
    assert set(after) - set(before) == {"image.pairs"}
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values, err_msg=name, strict=True)


def test_the_kernel_is_narrower_and_the_client_s_tensor_is_the_same() -> None:
    paired = column_pairs.apply(first(4, padding=Padding.all(1), bordered=True), SIZE)
    conv = paired["logits"].operator
    assert isinstance(conv, Conv)
    assert (conv.weight.shape, conv.stride) == ((8, 8, 3, 2), (2, 1))
    assert conv.padding == Padding(1, 1, 1, 0)
    assert resolve(paired, SIZE)["image"] == (*SIZE, 4)
    assert resolve(paired, SIZE)["image.pairs"] == (64, 48, 8)


LEFT_ALONE: dict[str, Graph] = {
    "one column at a time": first(stride=(2, 1)),
    "three columns at a time": first(stride=(3, 3)),
    "a dilated kernel": first(dilation=(1, 2)),
    "a kernel of one column": first(kernel=(3, 1)),
    "more channels than four": first(5),
    "a float network": fast_scnn(),
    "a first convolution left in float": quantized(
        fast_scnn(), pixels(SIZE), ("downsample.conv",), pixels_in=True
    ),
    "an input that two read": Graph(
        (*first().nodes, Node("again", first()["logits"].operator, ("image",), PIXELS)), "logits"
    ),
}


@pytest.mark.parametrize("why", LEFT_ALONE)
def test_what_does_not_suit_is_left_as_it_is(why: str) -> None:
    assert column_pairs.apply(LEFT_ALONE[why], SIZE) is LEFT_ALONE[why]


def test_an_odd_width_is_left_as_it_is() -> None:
    assert not folds(column_pairs.apply(first(), (64, 97)))
    assert folds(column_pairs.apply(first(), (65, 96))), "an odd height is no hindrance"


@pytest.mark.parametrize("form", ["image", "rgba"])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_runtime_takes_the_same_bytes_and_gives_the_same_integers(
    tmp_path: Path, network: str, form: str
) -> None:
    graph = quantized_fast_scnn(SIZE, classes=4, **NETWORKS[network])
    info, x = info_of(4), pixels(SIZE, 4 if form == "rgba" else 3, seed=5)
    asked = Form(SIZE, "int8", "rgba" if form == "rgba" else "image", stride=8)
    runners, graphs = {}, {}
    for plain in (True, False):
        folder = tmp_path / str(plain)
        folder.mkdir()
        graphs[plain] = spelled(graph, info, replace(asked, plain=plain), "tflite")
        runners[plain] = run.load(written(folder, graphs[plain], SIZE, info))
    assert (folds(graphs[True]), folds(graphs[False])) == (False, True)
    assert runners[False].input == runners[True].input
    np.testing.assert_array_equal(runners[False].run(x)["logits"], runners[True].run(x)["logits"])
    assert runners[False].delegation() == run.Delegation(1, ())
    steps = layers(runners[False], graphs[False], x)["downsample.conv"]
    assert steps.most <= 1
    assert steps.share <= 1e-4


def test_only_tflite_is_spelled_so() -> None:
    graph, info = quantized_fast_scnn(SIZE, classes=4), info_of(4)
    for format in ("onnx", "coreml"):
        assert not folds(spelled(graph, info, Form(SIZE, "int8"), format))


def test_the_audit_sees_a_weight_that_was_to_be_zero(tmp_path: Path) -> None:
    graph, info = quantized_fast_scnn(SIZE, classes=4), info_of(4)
    wanted = column_pairs.apply(graph, SIZE)
    conv = wanted["downsample.conv"].operator
    assert isinstance(conv, Conv)
    assert not conv.weight[0, 3:, 0, 1].any()
    weight = conv.weight.copy()
    weight[0, 3, 0, 1] = 1
    changed = replace(wanted["downsample.conv"], operator=replace(conv, weight=weight))
    wrong = Graph(tuple(changed if node.name == changed.name else node for node in wanted), wanted.output)
    contents = read.read(written(tmp_path, wrong, SIZE, info))
    with pytest.raises(audit.AuditError, match="weight of downsample"):
        audit.require("model.tflite", contents, wanted, info)
