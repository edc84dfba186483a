"""A wrong int8 file is refused: one number changed between writing and checking ends in exit 3."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export import pipeline, spelling
from export.formats import FORMATS
from export.request import Request, form_of
from fastscnn.console import Console
from fastscnn.errors import GateError
from fastscnn.graph import file
from fastscnn.graph.graph import Add, Conv, Dequantize, Graph, Node, Quant, Quantize, Resize
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn

SIZE = (64, 96)
CLASSES = 5
INFO = info_of(CLASSES)
QUIET = Console(quiet=True)


def a_convolution(graph: Graph) -> tuple[Node, Conv]:
    """One in the middle whose result other convolutions read."""
    return list(graph.of(Conv))[7]


def with_node(graph: Graph, *changed: Node) -> Graph:
    by_name = {node.name: node for node in changed}
    return Graph(tuple(by_name.get(node.name, node) for node in graph), graph.output)


def one_weight(graph: Graph) -> Graph:
    node, conv = a_convolution(graph)
    weight = conv.weight.copy()
    weight.ravel()[3] += 1 if weight.ravel()[3] < 127 else -1
    return with_node(graph, replace(node, operator=replace(conv, weight=weight)))


def one_weight_scale(graph: Graph) -> Graph:
    node, conv = a_convolution(graph)
    assert conv.scales is not None
    scales = conv.scales.copy()
    scales[1] = np.nextafter(scales[1], np.float32(1))
    return with_node(graph, replace(node, operator=replace(conv, scales=scales)))


def one_activation_scale(graph: Graph) -> Graph:
    node, _ = a_convolution(graph)
    assert node.quant is not None
    up = float(np.nextafter(np.float32(node.quant.scale), np.float32(1)))
    return with_node(graph, replace(node, quant=Quant(up, node.quant.zero_point)))


def one_zero_point(graph: Graph) -> Graph:
    node = next(node for node, _ in graph.of(Add))
    assert node.quant is not None
    moved = node.quant.zero_point + (1 if node.quant.zero_point < 127 else -1)
    return with_node(graph, replace(node, quant=Quant(node.quant.scale, moved)))


def one_bias(graph: Graph) -> Graph:
    node, conv = a_convolution(graph)
    bias = conv.bias.copy()
    bias[2] += 1
    return with_node(graph, replace(node, operator=replace(conv, bias=bias)))


def two_channels(graph: Graph) -> Graph:
    node, conv = a_convolution(graph)
    weight = conv.weight.copy()
    weight[[0, 1]] = weight[[1, 0]]
    return with_node(graph, replace(node, operator=replace(conv, weight=weight)))


def one_float_operator(graph: Graph) -> Graph:
    """The same numbers, but one convolution computes in float between a dequantize and a quantize."""
    node, conv = a_convolution(graph)
    source = graph[node.inputs[0]].quant
    assert conv.scales is not None
    assert source is not None
    operator = replace(
        conv,
        weight=conv.weight.astype(np.float32) * conv.scales[:, None, None, None],
        bias=(conv.bias * (np.float64(source.scale) * conv.scales)).astype(np.float32),
        scales=None,
    )
    nodes: list[Node] = []
    for other in graph:
        if other is not node:
            nodes.append(other)
            continue
        entered, computed = f"{node.name}.entered", f"{node.name}.computed"
        nodes.append(Node(entered, Dequantize(), node.inputs))
        nodes.append(Node(computed, operator, (entered,)))
        nodes.append(Node(node.name, Quantize(), (computed,), node.quant))
    return Graph(tuple(nodes), graph.output)


def a_resize(graph: Graph) -> Graph:
    node, resize = list(graph.of(Resize))[-1]
    return with_node(graph, replace(node, operator=replace(resize, align_corners=not resize.align_corners)))


def an_activation(graph: Graph) -> Graph:
    """One too many: a ReLU that is left out changes nothing where 8 bits have no number below zero."""
    node, conv = next((n, c) for n, c in graph.of(Conv) if c.activation == "none")
    return with_node(graph, replace(node, operator=replace(conv, activation="relu")))


MUTATIONS: dict[str, Callable[[Graph], Graph]] = {
    "one weight by one": one_weight,
    "one weight's scale by an ulp": one_weight_scale,
    "one activation's scale by an ulp": one_activation_scale,
    "one zero point": one_zero_point,
    "one bias by one": one_bias,
    "two channels swapped": two_channels,
    "one float operator slipped in": one_float_operator,
    "align_corners of the last resize": a_resize,
    "an activation that is not there": an_activation,
}


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quantized") / "net.int8.safetensors"
    path.write_bytes(file.dump(quantized_fast_scnn(SIZE, classes=CLASSES), INFO))
    return path


def request(format: str, quantized: Path, out: Path) -> Request:
    return Request(formats=(format,), checkpoint=quantized, size=SIZE, precision="int8", out=out)


def rewriting(format: str, quantized: Path, mutation: Callable[[Graph], Graph]) -> Callable[[Path], None]:
    """Puts what the room writes for the changed graph in the place of the staged file."""

    def rewrite(path: Path) -> None:
        form = form_of(request(format, quantized, path), INFO)
        graph = spelling.spelled(mutation(file.load(quantized).graph), INFO, form, format)
        files = FORMATS[format].room("write").write(graph, SIZE, INFO, **spelling.writing(form, format))
        if isinstance(files, bytes):
            path.write_bytes(files)
            return
        shutil.rmtree(path)
        for inner, content in files.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(content)

    return rewrite


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_gate_refuses(format: str, mutation: str, quantized: Path, tmp_path: Path) -> None:
    tamper = rewriting(format, quantized, MUTATIONS[mutation])
    with pytest.raises(GateError) as caught:
        pipeline.export(request(format, quantized, tmp_path / "out"), QUIET, tamper=tamper)
    assert caught.value.exit_code == 3
    assert not list(tmp_path.iterdir()), "nothing is delivered"


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_not_damaged_passes(format: str, quantized: Path, tmp_path: Path) -> None:
    tamper = rewriting(format, quantized, lambda graph: graph)
    report = pipeline.export(request(format, quantized, tmp_path), QUIET, tamper=tamper)
    parity = report["artifacts"][0]["parity"]
    assert parity["verdict"] == "passed"
    assert len(parity["layers"]) >= len(file.load(quantized).graph.nodes) - 1


@pytest.mark.parametrize("format", FORMATS)
def test_the_message_names_the_layer(format: str, quantized: Path, tmp_path: Path) -> None:
    name = a_convolution(file.load(quantized).graph)[0].name
    tamper = rewriting(format, quantized, one_bias)
    with pytest.raises(GateError, match=name.replace(".", r"\.")):
        pipeline.export(request(format, quantized, tmp_path / "out"), QUIET, tamper=tamper)
