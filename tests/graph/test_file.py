"""A Graph's file: what goes in comes out; what was cut or edited is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from fastscnn.errors import GraphFileError
from fastscnn.graph import file, reference
from fastscnn.graph.graph import Graph
from quantize import pixels
from tests.graphs import ODD, fast_scnn, info_of
from tests.operator_graphs import operator_graphs
from tests.quantized_graphs import pixels as feed
from tests.quantized_graphs import quantized, quantized_fast_scnn, quantized_operator_graphs

INFO = info_of(3)
INTEGER = quantized_operator_graphs((33, 41))


@cache
def whole() -> bytes:
    """A quantized network's file."""
    return file.dump(quantized_fast_scnn(), INFO, {"method": "ptq"})


def assert_same(first: Graph, second: Graph) -> None:
    assert first.output == second.output
    for one, other in zip(first, second, strict=True):
        assert (one.name, one.inputs, type(one.operator)) == (other.name, other.inputs, type(other.operator))
        assert one.quant == other.quant
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


@pytest.mark.parametrize("name", INTEGER)
def test_every_quantized_operator_survives(name: str, tmp_path: Path) -> None:
    graph = INTEGER[name]
    (tmp_path / "g").write_bytes(file.dump(graph, INFO))
    assert_same(graph, file.load(tmp_path / "g").graph)


def test_layers_left_in_float_and_a_border_survive(tmp_path: Path) -> None:
    graph = pixels.apply(fast_scnn(first_padding=1), INFO.preprocessing)
    graph = quantized(graph, feed((64, 96)), ("downsample.conv", "classifier.conv"), pixels_in=True)
    (tmp_path / "g").write_bytes(file.dump(graph, INFO))
    assert_same(graph, file.load(tmp_path / "g").graph)


def test_a_record_survives_and_one_that_is_no_json_is_not_written(tmp_path: Path) -> None:
    record = {"method": "ptq", "size": [360, 480], "figures": {"miou": 0.65}, "excluded": []}
    (tmp_path / "g").write_bytes(file.dump(fast_scnn(), INFO, record))
    assert file.load(tmp_path / "g").record == record
    with pytest.raises(ValueError, match="not JSON compliant"):
        file.dump(fast_scnn(), INFO, {"miou": float("nan")})


def test_a_quantized_file_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Whatever order hashing gives."""
    graph = quantized_fast_scnn()
    (tmp_path / "g").write_bytes(file.dump(graph, INFO, {"b": 1, "a": 2}))
    again = """if True:
        import sys
        from pathlib import Path
        from fastscnn.graph import file
        content = file.load(Path(sys.argv[1]))
        Path(sys.argv[2]).write_bytes(file.dump(content.graph, content.info, content.record))
        assert "torch" not in sys.modules
    """
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", again, str(tmp_path / "g"), str(tmp_path / seed)]
        subprocess.run(command, check=True, env=environment)
        assert (tmp_path / seed).read_bytes() == (tmp_path / "g").read_bytes()


def test_one_quantized_file_serves_every_size(tmp_path: Path) -> None:
    (tmp_path / "g").write_bytes(file.dump(quantized_fast_scnn((64, 96)), INFO))
    graph = file.load(tmp_path / "g").graph
    for size in ((64, 96), ODD):
        assert reference.run(graph, feed(size))["logits"].shape == (*size, 19)


@pytest.mark.parametrize("kept", [0, 4, 100, 3000, -1000, -1])
def test_a_cut_file_is_refused(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(whole()[:kept])
    with pytest.raises(GraphFileError, match=r"cut\.safetensors was cut, or is no quantized file") as raised:
        file.load(path)
    assert "again" in raised.value.remedy


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(GraphFileError, match=r"missing\.safetensors cannot be read: No such file"):
        file.load(tmp_path / "missing.safetensors")


def test_a_byte_changed_anywhere_is_refused(tmp_path: Path) -> None:
    small = file.dump(INTEGER["add relu"], INFO, {"method": "ptq"})
    path = tmp_path / "changed.safetensors"
    for place in np.linspace(0, len(small) - 1, 250).astype(int):
        path.write_bytes(small[:place] + bytes([small[place] ^ 1]) + small[place + 1 :])
        with pytest.raises(GraphFileError, match=r"changed\.safetensors"):
            file.load(path)


def rewritten(path: Path, edit: Callable[[dict[str, Any]], object], *, signed: bool = False) -> Path:
    """A quantized file whose texts were edited after it was made; `signed`: its digest too."""
    path.write_bytes(whole())
    arrays = load_file(path)
    with safe_open(path, "numpy") as opened:
        content = json.loads(opened.metadata()["fastscnn"])
    texts = {name: json.loads(content[name]) for name in ("graph", "info", "record")}
    edit(texts)
    written = {name: json.dumps(text) for name, text in texts.items()}
    digest = file._digest(written, arrays) if signed else content["digest"]
    save_file(arrays, path, {"fastscnn": json.dumps({**written, "digest": digest})})
    return path


def first_of(texts: dict[str, Any], kind: str) -> list[Any]:
    """The first node of an operator: name, kind, inputs, attributes, quant."""
    return next(node for node in texts["graph"]["nodes"] if node[1] == kind)


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "output": lambda texts: texts["graph"].update(output="fusion.add"),
    "no node": lambda texts: texts["graph"].update(nodes=[]),
    "a node left out": lambda texts: texts["graph"]["nodes"].pop(),
    "a name": lambda texts: texts["graph"]["nodes"][-1].__setitem__(0, "other"),
    "an operator": lambda texts: texts["graph"]["nodes"][-1].__setitem__(1, "pad"),
    "an input": lambda texts: texts["graph"]["nodes"][-1].__setitem__(2, ["image", "image"]),
    "a scale": lambda texts: texts["graph"]["nodes"][3][4].update(scale=0.5),
    "a zero point": lambda texts: texts["graph"]["nodes"][3][4].update(zero_point=0),
    "a stride": lambda texts: first_of(texts, "conv")[3].update(stride=[1, 1]),
    "a padding": lambda texts: first_of(texts, "conv")[3]["padding"].update(top=1),
    "an activation": lambda texts: first_of(texts, "add")[3].update(activation="relu6"),
    "the rule of a resize": lambda texts: first_of(texts, "resize")[3].update(align_corners=False),
    "bins": lambda texts: first_of(texts, "pool")[3].update(bins=[2, 2]),
    "a class": lambda texts: texts["info"]["classes"].__setitem__(0, "other"),
    "preprocessing": lambda texts: texts["info"]["preprocessing"].update(order="bgr"),
    "the record": lambda texts: texts["record"].update(method="qat"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_text_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(GraphFileError, match="was changed after it was made"):
        file.load(rewritten(tmp_path / "edited", EDITS[name]))


STRUCTURES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no nodes": (lambda texts: texts["graph"].pop("nodes"), "nodes"),
    "nodes that are no list": (lambda texts: texts["graph"].update(nodes=3), "structure cannot be read"),
    "a node without parts": (lambda texts: texts["graph"].update(nodes=[["a"]]), "not enough values"),
    "an unknown operator": (lambda texts: first_of(texts, "add").__setitem__(1, "erase"), "erase"),
    "an unknown attribute": (lambda texts: first_of(texts, "add")[3].update(speed=9), "speed"),
    "a name twice": (
        lambda texts: first_of(texts, "add").__setitem__(0, "image"),
        "two nodes are called",
    ),
    "a loop": (lambda texts: texts["graph"]["nodes"][1].__setitem__(2, ["logits"]), "no node before it"),
    "an output nobody gives": (lambda texts: texts["graph"].update(output="x"), "no node gives the output"),
    "no input": (lambda texts: texts["graph"]["nodes"].pop(0), "no node before it"),
    "a version that is no number": (lambda texts: texts["graph"].update(version="1"), "version '1'"),
    "a scale of zero": (lambda texts: texts["graph"]["nodes"][0][4].update(scale=0), "no float32 scale"),
    "a scale that is none": (
        lambda texts: texts["graph"]["nodes"][0][4].update(scale=float("nan")),
        "nan is no float32 scale",
    ),
    "a scale beyond float": (lambda texts: texts["graph"]["nodes"][0][4].update(scale=10**400), "too large"),
    "a scale that is text": (
        lambda texts: texts["graph"]["nodes"][0][4].update(scale="1.0"),
        "float32 scale",
    ),
    "a zero point beyond int8": (
        lambda texts: texts["graph"]["nodes"][0][4].update(zero_point=128),
        "128 is no int8 zero point",
    ),
    "a zero point between numbers": (
        lambda texts: texts["graph"]["nodes"][0][4].update(zero_point=0.5),
        "no whole number",
    ),
    "an array that is not there": (
        lambda texts: texts["graph"]["nodes"][1].__setitem__(0, "moved"),
        "structure cannot be read|no node before it",
    ),
    "a record that is no table": (lambda texts: texts.update(record=["ptq"]), "record is no table"),
    "a record with no number": (
        lambda texts: texts.update(record={"miou": float("nan")}),
        "record holds NaN",
    ),
    "an info without classes": (lambda texts: texts["info"].pop("classes"), "classes"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_that_cannot_be_is_refused_whatever_its_digest(name: str, tmp_path: Path) -> None:
    edit, sentence = STRUCTURES[name]
    with pytest.raises(GraphFileError, match=f"damaged graph: .*({sentence})"):
        file.load(rewritten(tmp_path / "edited", edit, signed=True))


def test_tensors_that_the_graph_does_not_use_are_refused(tmp_path: Path) -> None:
    def shortened(texts: dict[str, Any]) -> None:
        texts["graph"]["nodes"][-2:] = []
        texts["graph"]["output"] = texts["graph"]["nodes"][-1][0]

    with pytest.raises(GraphFileError, match=r"does not use: .*classifier\.conv//weight"):
        file.load(rewritten(tmp_path / "edited", shortened, signed=True))


def test_a_newer_structure_is_refused_and_says_so(tmp_path: Path) -> None:
    newer = rewritten(tmp_path / "new", lambda texts: texts["graph"].update(version=file.VERSION + 1))
    with pytest.raises(GraphFileError, match="newer version") as raised:
        file.load(newer)
    assert "Upgrade" in raised.value.remedy
    assert raised.value.exit_code == 2


def test_a_file_of_tensors_alone_is_no_graph(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3, np.float32)}, tmp_path / "plain")
    with pytest.raises(GraphFileError, match="no graph"):
        file.load(tmp_path / "plain")
