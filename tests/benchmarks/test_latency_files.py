"""What latency.py sees in a file before a runtime does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from onnx import GraphProto, NodeProto, TensorProto, helper

from benchmarks import latency


def graph_of(*nodes: NodeProto, name: str = "graph") -> GraphProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    return helper.make_graph(list(nodes), name, [value], [value])


def test_a_loop_is_seen_wherever_it_hides() -> None:
    loop = helper.make_node("Loop", ["", "", "x"], ["y"], body=graph_of(name="body"))
    branch = helper.make_node("If", ["x"], ["y"], then_branch=graph_of(loop), else_branch=graph_of())
    function = helper.make_function("ours", "F", ["x"], ["y"], [loop], [])
    relu = helper.make_node("Relu", ["x"], ["y"])
    assert not latency.onnx_loops(helper.make_model(graph_of(relu)).SerializeToString())
    for hidden in (graph_of(loop), graph_of(branch)):
        assert latency.onnx_loops(helper.make_model(hidden).SerializeToString())
    with_function = helper.make_model(graph_of(relu), functions=[function])
    assert latency.onnx_loops(with_function.SerializeToString())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tflite")
    with pytest.raises(latency.LatencyError, match="no regular file"):
        latency.kind_of(tmp_path / "pipe.tflite")
