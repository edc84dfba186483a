"""How much of a file is in integers is counted from the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.formats import FORMATS
from export.forms import Form
from export.held import held
from export.spelling import spelled
from fastscnn.graph.graph import Conv, Graph
from fastscnn.info import Size
from tests.graphs import info_of
from tests.quantized_graphs import mixed_fast_scnn, quantized_fast_scnn

SIZE: Size = (64, 96)
INFO = info_of(5)


def contents_of(graph: Graph, form: Form, folder: Path) -> dict[str, object]:
    room = FORMATS["tflite"]
    path = folder / "net.tflite"
    files = room.room("write").write(spelled(graph, INFO, form, "tflite"), SIZE, INFO)
    path.write_bytes(files)
    return held(room.room("read").read(path))


def test_everything_in_integers(tmp_path: Path) -> None:
    graph = quantized_fast_scnn(SIZE, classes=5)
    found = contents_of(graph, Form(SIZE, "int8"), tmp_path)
    assert found["convolutions"] == found["int8_convolutions"] == len([*graph.of(Conv)])
    assert found["int8_tensors"] == sum(node.quant is not None for node in graph) + 1, "and the folded input"
    assert found["float_layers"] == []


@pytest.mark.parametrize("place", [0, -1])
def test_layers_left_in_float_are_named(place: int, tmp_path: Path) -> None:
    name = [node.name for node, _ in quantized_fast_scnn(SIZE, classes=5).of(Conv)][place]
    found = contents_of(mixed_fast_scnn({name}, 5), Form(SIZE, "int8"), tmp_path)
    assert found["int8_convolutions"] == found["convolutions"] - 1  # type: ignore[operator]
    assert found["float_layers"] == [name]
