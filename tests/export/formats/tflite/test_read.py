"""What a file on disk really holds, and what is said about files that are none."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.formats.tflite import read, run, write
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Conv, Graph, Pool, Resize
from tests.graphs import Builder, fast_scnn, halved, info_of, picture
from tests.quantized_graphs import pixels, quantized

SIZE = (40, 33)


def small(width: int = 4) -> Graph:
    """A little of everything whose spelling needs more than one operator."""
    b = Builder(seed=3)
    x = b.conv("first", "image", 4, 3, stride=2, padding=1, activation="relu")
    x = b.conv("depthwise", x, 4, 3, groups=4, padding=1)
    x = b.add("pool", Pool((3, 3)), x)
    if width > b.depth[x]:
        x = b.conv("wide", b.conv("wider", x, width), width)
    x = b.conv("last", x, 5)
    return b.graph(b.add("logits", Resize(True), x, "image"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(write.write(small(), SIZE, info_of(5)))
    return path


def refusal(path: Path, data: bytes | None = None) -> ArtifactError:
    """The error that reading and loading both give."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ArtifactError) as caught:
        read.read(path)
    with pytest.raises(ArtifactError):
        run.load(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("half", [False, True], ids=["fp32", "fp16"])
def test_weights_come_back_as_the_graph_has_them(tmp_path: Path, half: bool) -> None:
    graph = halved(fast_scnn(affine=True)) if half else fast_scnn(affine=True)
    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(graph, (97, 131), info_of(19)))
    contents = read.read(path)
    convolutions = {node.name: conv for node, conv in graph.of(Conv)}
    assert contents.weights.keys() == contents.biases.keys() == convolutions.keys()
    for name, conv in convolutions.items():
        for stored, meant in ((contents.weights[name], conv.weight), (contents.biases[name], conv.bias)):
            assert stored.dtype == meant.dtype
            assert np.array_equal(stored, meant)


def test_the_tensors_and_operators_are_named(path: Path) -> None:
    contents = read.read(path)
    assert (contents.input.name, contents.input.shape) == ("image", (1, *SIZE, 3))
    assert (contents.output.name, contents.output.shape) == ("logits", (1, *SIZE, 5))
    assert {contents.input.dtype, contents.output.dtype} == {"float32"}
    assert {contents.input.layout, contents.output.layout} == {"NHWC"}
    assert contents.operators == {
        "CONV_2D": 3,
        "DEPTHWISE_CONV_2D": 1,
        "PAD": 1,
        "RESHAPE": 2,
        "RESIZE_BILINEAR": 1,
        "TRANSPOSE": 2,
    }


def test_the_info_comes_back(tmp_path: Path) -> None:
    info = replace(info_of(5), notes={"straße": [1, {"a": None}]}, variant={"pool": "max"}, size=(3, 4))
    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(small(), SIZE, info))
    assert read.read(path).info == info


def test_files_that_are_none(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "missing.tflite").message
    assert "cannot be read" in refusal(tmp_path).message
    for data in (b"", b"TFL3", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(range(256)), bytes(8)):
        assert "no TFLite file" in refusal(tmp_path / "other", data).message
    refusal(tmp_path / "claims.tflite", b"\x00\x00\x00\x00TFL3" + bytes(64))


def test_a_file_that_ends_too_early(path: Path) -> None:
    data = path.read_bytes()
    for length in (8, 20, 100, len(data) // 2, len(data) - 600):
        refusal(path, data[:length])


def test_somebody_elses_file(path: Path) -> None:
    assert (
        "not written by"
        in refusal(path, path.read_bytes().replace(b"FASTSCNN_INFO", b"SOMETHING_ELS")).message
    )


def test_infos_that_are_none(path: Path) -> None:
    data = path.read_bytes()
    refusal(path, data.replace(b'"align_corners"', b'"align_cornerz"'))
    refusal(path, data.replace(b'{"align_corners"', b'["align_corners"'))


# most of the bytes are a layer's weights: a change there leaves a file that runs
WIDE = small(160)


@pytest.mark.parametrize("graph", [WIDE, quantized(WIDE, pixels(SIZE), pixels_in=True)], ids=["fp32", "int8"])
def test_any_damage_is_refused_or_harmless(tmp_path: Path, graph: Graph) -> None:
    """Bytes changed at random: an ArtifactError, or a file that still runs; never a crash, never for long."""
    path = tmp_path / "model.tflite"
    whole = write.write(graph, SIZE, info_of(5))
    outcomes = {True: 0, False: 0}
    for seed in range(300):
        rng = random.Random(seed)
        data = bytearray(whole)
        for _ in range(rng.choice([1, 2, 5, 20])):
            at = rng.randrange(len(data) - 4)
            value = rng.choice([0, 1, 2**20, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**32)])
            data[at : at + 4] = value.to_bytes(4, "little")
        path.write_bytes(data)
        try:
            runner = run.load(path)
            _, height, width, channels = runner.input.shape
            runner.run(picture((height, width), channels, low=0, high=255).astype(runner.input.dtype))
            outcomes[True] += 1
        except ArtifactError:
            outcomes[False] += 1
    assert min(outcomes.values()) > 50
