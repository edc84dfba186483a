"""A file whose operations and shapes do not fit together never reaches a runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite import flatbuffer, read, write
from fastscnn.errors import ArtifactError
from tests.export.formats.tflite.test_read import SIZE, small
from tests.graphs import info_of


def mutated(change: Callable[[Any, Any], object]) -> bytes:
    """The small network's file after a change of its model and subgraph."""
    model = flatbuffer.unpack(write.write(small(), SIZE, info_of(5)))
    change(model, model.subgraphs[0])
    return flatbuffer.pack(model)


def index_of(graph: Any, name: str) -> int:
    return next(i for i, tensor in enumerate(graph.tensors) if tensor.name == name.encode())


def maker_of(graph: Any, name: str) -> Any:
    return next(o for o in graph.operators if index_of(graph, name) in o.outputs)


def set_numbers(model: Any, graph: Any, name: str, numbers: list[int]) -> None:
    buffer = model.buffers[graph.tensors[index_of(graph, name)].buffer]
    buffer.data = np.array(numbers, np.int32).view(np.uint8)


def swap_first(model: Any, graph: Any) -> None:
    graph.operators[0], graph.operators[1] = graph.operators[1], graph.operators[0]


MUTATIONS: dict[str, Callable[[Any, Any], object]] = {
    "an operator before what it takes": swap_first,
    "a shape that is not computed": lambda m, g: setattr(
        g.tensors[index_of(g, "first")], "shape", [1, 20, 16, 4]
    ),
    "a resize to a size of terabytes": lambda m, g: set_numbers(m, g, "logits/size", [2**30, 2**30]),
    "padding of terabytes": lambda m, g: set_numbers(
        m, g, "first/padded/paddings", [0, 0, 2**30, 0, 1, 1, 0, 0]
    ),
    "negative padding": lambda m, g: set_numbers(m, g, "first/padded/paddings", [0, 0, 3, -1, 1, 1, 0, 0]),
    "a stride of nothing": lambda m, g: setattr(maker_of(g, "first").builtinOptions, "strideH", 0),
    "a name that two tensors have": lambda m, g: setattr(g.tensors[index_of(g, "first")], "name", "last"),
    "a tensor given twice": lambda m, g: g.operators.append(g.operators[-1]),
    "an input that is no tensor": lambda m, g: setattr(maker_of(g, "last"), "inputs", [999, 1, 2]),
    "an output that is no tensor": lambda m, g: setattr(g, "outputs", [999]),
    "a convolution without a bias": lambda m, g: setattr(
        maker_of(g, "last"), "inputs", maker_of(g, "last").inputs[:2]
    ),
    "an operator that we never write": lambda m, g: setattr(
        m.operatorCodes[0], "builtinCode", schema.BuiltinOperator.WHILE
    ),
    "two subgraphs": lambda m, g: m.subgraphs.append(g),
    "a transposition of other axes": lambda m, g: set_numbers(m, g, "pool/turned/order", [0, 1, 1, 2]),
}


def test_a_file_that_is_only_packed_again_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(mutated(lambda model, graph: None))
    assert read.read(path).output.name == "logits"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(mutated(MUTATIONS[name]))
    with pytest.raises(ArtifactError):
        read.read(path)
