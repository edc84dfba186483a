"""A wrong file is refused: damage between writing and checking ends in a gate error; nothing is delivered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from export import pipeline, source, spelling
from export.formats import FORMATS
from export.request import Request, form_of
from fastscnn.console import Console
from fastscnn.errors import GateError, ParityError
from fastscnn.graph.graph import Conv, Graph, Node, Operator, Padding, Resize

SIZE = (64, 96)
QUIET = Console(quiet=True)


def request(format: str, out: Path) -> Request:
    return Request(formats=(format,), size=SIZE, out=out)


def changed(graph: Graph, node: Node, operator: Operator) -> Graph:
    return Graph(tuple(replace(n, operator=operator) if n is node else n for n in graph), graph.output)


def last_resize(graph: Graph) -> Graph:
    node, resize = list(graph.of(Resize))[-1]
    return changed(graph, node, replace(resize, align_corners=not resize.align_corners))


def inner_resize(graph: Graph) -> Graph:
    node, resize = list(graph.of(Resize))[-2]
    return changed(graph, node, replace(resize, align_corners=not resize.align_corners))


def pad(graph: Graph) -> Graph:
    """The odd row and column of zeros before the map instead of after it, or the other way round."""
    node, conv = next(
        (n, c) for n, c in graph.of(Conv) if c.stride == (2, 2) and isinstance(c.padding, Padding)
    )
    return changed(graph, node, replace(conv, padding=Padding(2, 0, 2, 0)))


def transposed_kernel(graph: Graph) -> Graph:
    node, conv = next((n, c) for n, c in graph.of(Conv) if c.depthwise)
    return changed(graph, node, replace(conv, weight=conv.weight.transpose(0, 1, 3, 2).copy()))


def transposed_matrix(graph: Graph) -> Graph:
    square = (
        (n, c) for n, c in graph.of(Conv) if c.kernel == (1, 1) and c.weight.shape[0] == c.weight.shape[1]
    )
    node, conv = next(square)
    return changed(graph, node, replace(conv, weight=conv.weight.transpose(1, 0, 2, 3).copy()))


def channel_order(graph: Graph) -> Graph:
    node, conv = next(graph.of(Conv))
    return changed(graph, node, replace(conv, weight=conv.weight[:, ::-1].copy()))


def activation(graph: Graph) -> Graph:
    node, conv = next((n, c) for n, c in graph.of(Conv) if c.activation == "relu")
    return changed(graph, node, replace(conv, activation="none"))


MUTATIONS: dict[str, Callable[[Graph], Graph]] = {
    "align_corners of the last resize": last_resize,
    "align_corners inside": inner_resize,
    "a pad": pad,
    "a depthwise kernel transposed": transposed_kernel,
    "a matrix transposed": transposed_matrix,
    "channel order": channel_order,
    "a ReLU left out": activation,
}


@cache
def spelled(format: str) -> Graph:
    """The network in a format's own form."""
    asked = request(format, Path())
    network = source.load(asked, QUIET)
    return spelling.spelled(network.graph, network.info, form_of(asked, network.info), format)


@pytest.fixture
def graph(format: str) -> Graph:
    return spelled(format)


def rewritten(path: Path, format: str, graph: Graph) -> None:
    """What the room writes for another graph, in the place of the staged file."""
    files = FORMATS[format].room("write").write(graph, SIZE, source.load(request(format, path), QUIET).info)
    if isinstance(files, bytes):
        path.write_bytes(files)
        return
    shutil.rmtree(path)
    for inner, content in files.items():
        (path / inner).parent.mkdir(parents=True, exist_ok=True)
        (path / inner).write_bytes(content)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_gate_refuses(format: str, mutation: str, graph: Graph, tmp_path: Path) -> None:
    damaged = MUTATIONS[mutation](graph)
    with pytest.raises(GateError) as caught:
        pipeline.export(
            request(format, tmp_path / "out"), QUIET, tamper=lambda path: rewritten(path, format, damaged)
        )
    assert caught.value.exit_code == 3
    assert not list(tmp_path.iterdir()), "nothing is delivered"


@pytest.mark.parametrize("format", FORMATS)
def test_the_gate_names_the_layer_that_broke(format: str, graph: Graph, tmp_path: Path) -> None:
    damaged = activation(graph)
    name = next(node.name for node, conv in graph.of(Conv) if conv.activation == "relu")
    with pytest.raises(ParityError, match=rf"first layer that is clearly off is {name}\."):
        pipeline.export(
            request(format, tmp_path / "out"), QUIET, tamper=lambda path: rewritten(path, format, damaged)
        )


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_not_damaged_passes(format: str, graph: Graph, tmp_path: Path) -> None:
    report = pipeline.export(
        request(format, tmp_path), QUIET, tamper=lambda path: rewritten(path, format, graph)
    )
    assert report["artifacts"][0]["parity"]["verdict"] == "passed"


@pytest.mark.parametrize("format", FORMATS)
def test_one_bit_of_a_weight_is_seen(format: str, graph: Graph, tmp_path: Path) -> None:
    node, conv = list(graph.of(Conv))[7]
    number = conv.weight.ravel()[5].tobytes()

    def flip(path: Path) -> None:
        for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
            content = bytearray(file.read_bytes())
            at = content.find(number)
            if at >= 0:
                content[at] ^= 1
                file.write_bytes(content)
                return
        pytest.fail(f"the weight of {node.name} is nowhere in the file")

    with pytest.raises(GateError):
        pipeline.export(request(format, tmp_path / "out"), QUIET, tamper=flip)
