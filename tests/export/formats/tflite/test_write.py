"""The file of a whole network: its size, its names, its layout in bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite import read, run, write
from fastscnn.errors import SizeError
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph, Pair
from tests.graphs import ODD, fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import quantized_fast_scnn

INFO = info_of(19)
NETWORKS: dict[str, Graph] = {
    "published": fast_scnn(affine=True),
    "padded": fast_scnn(affine=True, first_padding=1, fusion_dilation=4, align_corners=False),
    "other bins": fast_scnn(affine=True, bins=(1, 2, 4, 8), source_first=False),
    "max": fast_scnn(affine=True, pool="max", bottleneck_activation="relu6"),
    "eighth": fast_scnn(affine=True, stride=8),
    "fp16": halved(fast_scnn(affine=True)),
}
QUANTIZED = quantized_fast_scnn()
POOLS: tuple[Literal["average", "max"], ...] = ("average", "max")
SIZES = [(512, 1024), (1024, 2048), (360, 480), (480, 640), (256, 256), (513, 769), (544, 736), ODD]


def written(folder: Path, graph: Graph, size: Pair) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(write.write(graph, size, INFO))
    return path


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_what_the_oracle_does_in_one_partition(tmp_path: Path, name: str) -> None:
    graph, size = NETWORKS[name], ODD
    feed = picture(size, low=0, high=255)
    expected = reference.run(graph, feed)["logits"]
    runner = run.load(written(tmp_path, graph, size), threads=2)
    assert np.abs(runner.run(feed)["logits"] - expected).max() <= 5e-6 * np.ptp(expected)
    assert runner.delegation() == run.Delegation(1, ())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_network_needs_no_more_than_80_operators(tmp_path: Path, size: Pair) -> None:
    for pool in POOLS:
        graph = fast_scnn(affine=True, first_padding=1, pool=pool)
        operators = read.read(written(tmp_path, with_labels(graph), size)).operators
        assert sum(count for code, count in operators.items() if code != "DEQUANTIZE") <= 80


def test_labels_are_the_first_of_the_greatest_logits(tmp_path: Path) -> None:
    graph = with_labels(fast_scnn(affine=True))
    feed = picture(ODD, low=0, high=255)
    runner = run.load(written(tmp_path, graph, ODD))
    assert (runner.output.shape, runner.output.dtype, runner.output.layout) == ((1, *ODD), "int32", "NHW")
    results = runner.run(feed, ["logits"])
    assert np.array_equal(results["labels"][..., 0], results["logits"].argmax(axis=2))
    assert runner.delegation().outside == ("ARG_MAX",)


def test_emission_takes_a_fraction_of_a_second() -> None:
    graph = fast_scnn(affine=True)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        write.write(graph, (512, 1024), INFO)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) <= 0.2


def test_integers_take_a_third_of_the_bytes() -> None:
    assert len(write.write(QUANTIZED, (512, 1024), INFO)) <= 1.40e6


def test_the_same_graph_is_the_same_bytes_under_any_hash_seed() -> None:
    code = (
        "import hashlib; from export.formats.tflite import write;"
        "from tests.graphs import fast_scnn, info_of; from tests.quantized_graphs import quantized_fast_scnn;"
        "both = (fast_scnn(affine=True), quantized_fast_scnn());"
        "data = b''.join(write.write(graph, (97, 131), info_of(19)) for graph in both);"
        "print(hashlib.sha256(data).hexdigest())"
    )
    both = (NETWORKS["published"], QUANTIZED)
    data = b"".join(write.write(graph, ODD, INFO) for graph in both)
    digests = {hashlib.sha256(data).hexdigest()}
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[4],
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def test_tensors_are_called_what_nodes_are_called() -> None:
    graph = NETWORKS["published"]
    model = schema.Model.GetRootAs(write.write(graph, ODD, INFO), 0)
    tensors = [model.Subgraphs(0).Tensors(i) for i in range(model.Subgraphs(0).TensorsLength())]
    names = [tensor.Name().decode() for tensor in tensors]
    assert len(set(names)) == len(names)
    assert {node.name for node in graph} <= set(names)
    signature = model.SignatureDefs(0)
    assert (signature.Inputs(0).Name(), signature.Outputs(0).Name()) == (b"image", b"logits")


@pytest.mark.parametrize(
    "graph", [NETWORKS["published"], NETWORKS["fp16"], QUANTIZED], ids=["fp32", "fp16", "int8"]
)
def test_every_buffer_starts_at_a_multiple_of_16(graph: Graph) -> None:
    data = write.write(graph, ODD, INFO)
    whole = np.frombuffer(data, np.uint8)
    model = schema.Model.GetRootAs(data, 0)
    buffers = [model.Buffers(i).DataAsNumpy() for i in range(model.BuffersLength())]
    starts = {
        buffer.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        for buffer in buffers
        if not isinstance(buffer, int)
    }
    assert len(starts) > 90
    assert {start % 16 for start in starts} == {0}


def test_a_size_that_cannot_work_is_refused() -> None:
    with pytest.raises(SizeError):
        write.write(NETWORKS["published"], (16, 64), INFO)
