"""A Graph's file: what goes in comes out; what was cut or edited is refused."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from fastscnn.errors import GraphFileError
from fastscnn.graph import file
from fastscnn.graph.graph import Graph
from tests.graphs import fast_scnn, info_of
from tests.operator_graphs import operator_graphs

INFO = info_of(3)


def assert_same(first: Graph, second: Graph) -> None:
    assert first.output == second.output
    for one, other in zip(first, second, strict=True):
        assert (one.name, one.inputs, type(one.operator)) == (other.name, other.inputs, type(other.operator))
        for field in fields(one.operator):
            a, b = getattr(one.operator, field.name), getattr(other.operator, field.name)
            if isinstance(a, np.ndarray):
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b)
            else:
                assert a == b
                assert type(a) is type(b)


@pytest.mark.parametrize("name", operator_graphs())
def test_every_operator_survives(name: str, tmp_path: Path) -> None:
    graph = operator_graphs()[name]
    (tmp_path / "g").write_bytes(file.dump(graph, INFO))
    loaded = file.load(tmp_path / "g")
    assert_same(graph, loaded.graph)
    assert loaded.info == INFO


def test_a_whole_network_survives_and_is_the_same_bytes_twice(tmp_path: Path) -> None:
    graph = fast_scnn()
    (tmp_path / "g").write_bytes(file.dump(graph, INFO))
    loaded = file.load(tmp_path / "g")
    assert_same(graph, loaded.graph)
    assert file.dump(loaded.graph, loaded.info) == file.dump(graph, INFO)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_cut_file_is_refused(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(file.dump(fast_scnn(), INFO)[:kept])
    with pytest.raises(GraphFileError, match=r"cut\.safetensors"):
        file.load(path)


def edited(path: Path, change: str, value: object) -> Path:
    path.write_bytes(file.dump(fast_scnn(), INFO))
    arrays = load_file(path)
    from safetensors import safe_open

    with safe_open(path, "numpy") as opened:
        content = json.loads(opened.metadata()["fastscnn"])
    topology = json.loads(content["graph"])
    topology[change] = value
    content["graph"] = json.dumps(topology)
    save_file(arrays, path, {"fastscnn": json.dumps(content)})
    return path


def test_a_newer_structure_is_refused_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(GraphFileError, match="newer version"):
        file.load(edited(tmp_path / "new", "version", file.VERSION + 1))


@pytest.mark.parametrize(("change", "value"), [("output", "nowhere"), ("nodes", []), ("nodes", [["a"]])])
def test_an_edited_topology_is_refused(change: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(GraphFileError, match="was changed"):
        file.load(edited(tmp_path / "edited", change, value))


def test_a_file_of_tensors_alone_is_no_graph(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3, np.float32)}, tmp_path / "plain")
    with pytest.raises(GraphFileError, match="no graph"):
        file.load(tmp_path / "plain")
