"""What is written is what the oracle computes, in as few nodes as that takes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from export.formats.onnx import run
from export.formats.onnx.write import write
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Conv, Graph, Input, Node, Pair, Resize
from fastscnn.graph.shapes import resolve
from tests.export.formats.onnx.simplifier import assert_simplest
from tests.graphs import ODD, Builder, fast_scnn, halved, info_of, picture, with_labels
from tests.operator_graphs import operator_graphs

OPERATOR_GRAPHS = operator_graphs()
NETWORKS = {
    "as published": fast_scnn(),
    "pixels in, padded": fast_scnn(affine=True, first_padding=1),
    "half pixel, same, relu6": fast_scnn(
        align_corners=False, first_padding="same", bottleneck_activation="relu6"
    ),
    "1/8, maximum pyramid": fast_scnn(stride=8, pool="max", relu_between=False, source_first=False),
}


def both(path: Path, feed: Array) -> list[Array]:
    """The output as written, and as onnxruntime optimises it."""
    runners = [run.load(path, optimise=optimise) for optimise in (False, True)]
    return [runner.run(feed)[runner.output.name] for runner in runners]


def tolerance(graph: Graph, feed: Array, tensors: dict[str, Array]) -> float:
    """A millionth of the largest number, and in a resize also what rounding its positions costs.

    A float32 position among n cells is rounded by up to spacing(n), in the runtime as in the oracle.
    """
    largest = max(float(np.abs(tensor).max()) for tensor in (feed, *tensors.values()))
    allowed = 1e-6 * largest
    for node, _ in graph.of(Resize):
        source = {**tensors, graph.input.name: feed}[node.inputs[0]]
        for axis in (0, 1):
            steepest = float(np.abs(np.diff(source, axis=axis)).max(initial=0))
            allowed += 2 * float(np.spacing(np.float32(source.shape[axis]))) * steepest
    return allowed


def written(graph: Graph, size: Pair, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(write(graph, size, info_of(3)))
    return path


class TestEveryOperator:
    @pytest.mark.parametrize("name", OPERATOR_GRAPHS)
    def test_computes_what_the_oracle_computes(self, name: str, tmp_path: Path) -> None:
        graph = OPERATOR_GRAPHS[name]
        feed = picture(ODD, channels_of(graph))
        tensors = reference.run(graph, feed, [node.name for node in graph])
        expected = tensors[graph.output]
        for result in both(written(graph, ODD, tmp_path), feed):
            assert result.shape == expected.shape
            assert result.dtype == expected.dtype
            assert np.abs(result - expected).max() <= tolerance(graph, feed, tensors)

    @pytest.mark.parametrize("name", [name for name in OPERATOR_GRAPHS if name != "argmax"])
    def test_runs_in_half_between_float_borders(self, name: str, tmp_path: Path) -> None:
        graph = in_half(OPERATOR_GRAPHS[name])
        feed = picture(ODD, channels_of(graph))
        path = written(graph, ODD, tmp_path)
        expected = reference.run(graph, feed)[graph.output]
        for result in both(path, feed):
            assert result.dtype == np.float32
            assert np.abs(result - expected).max() <= 2e-3 * np.abs(expected).max()

    def test_argmax_in_half_decides_what_half_can_tell_apart(self, tmp_path: Path) -> None:
        graph = in_half(OPERATOR_GRAPHS["argmax"])
        feed = picture(ODD, channels_of(graph))
        least, most = np.sort(feed, axis=2)[..., -2:].transpose(2, 0, 1)
        decided = most - least > 0.01
        assert decided.mean() > 0.9
        for result in both(written(graph, ODD, tmp_path), feed):
            np.testing.assert_array_equal(result[..., 0][decided], feed.argmax(axis=2)[decided])

    @pytest.mark.parametrize("name", OPERATOR_GRAPHS)
    def test_leaves_nothing_to_simplify(self, name: str, tmp_path: Path) -> None:
        assert_simplest(written(OPERATOR_GRAPHS[name], ODD, tmp_path))


def channels_of(graph: Graph) -> int:
    assert isinstance(graph.input.operator, Input)
    return graph.input.operator.channels


def in_half(graph: Graph) -> Graph:
    """The graph in half, all of it: where it has no convolution, one that copies stands before it."""
    if any(graph.of(Conv)):
        return halved(graph)
    channels = channels_of(graph)
    copy = Conv(np.eye(channels, dtype=np.float32)[:, :, None, None], np.zeros(channels, np.float32))
    first, *others = (
        Node(node.name, node.operator, tuple("image.copy" if i == "image" else i for i in node.inputs))
        for node in graph
    )
    return halved(Graph((first, Node("image.copy", copy, ("image",)), *others), graph.output))


class TestWholeNetwork:
    @pytest.mark.parametrize("name", NETWORKS)
    def test_computes_what_the_oracle_computes(self, name: str, tmp_path: Path) -> None:
        graph = NETWORKS[name]
        feed = picture(ODD, low=0, high=255) if "pixels" in name else picture(ODD)
        expected = reference.run(graph, feed)["logits"]
        for result in both(written(graph, ODD, tmp_path), feed):
            assert np.abs(result - expected).max() <= 5e-6 * np.ptp(expected)
        for result in both(written(halved(graph), ODD, tmp_path), feed):
            assert np.abs(result - expected).max() <= 2e-3 * np.ptp(expected)

    @pytest.mark.parametrize("size", [ODD, (192, 192), (360, 480), (512, 1024)])
    @pytest.mark.parametrize("half", [False, True])
    def test_needs_at_most_110_nodes_and_no_simplifier(self, size: Pair, half: bool, tmp_path: Path) -> None:
        graph = with_labels(NETWORKS["pixels in, padded"])
        path = written(halved(graph) if half else graph, size, tmp_path)
        assert len(onnx.load(path).graph.node) <= 110
        assert_simplest(path)

    def test_is_valid_to_the_full_checker(self, tmp_path: Path) -> None:
        for graph in NETWORKS.values():
            for variant in (graph, halved(graph), with_labels(halved(graph))):
                onnx.checker.check_model(written(variant, (360, 480), tmp_path), full_check=True)

    def test_labels_are_the_first_of_the_greatest_logits(self, tmp_path: Path) -> None:
        graph = fast_scnn(stride=8)
        feed = picture(ODD)
        logits = both(written(graph, ODD, tmp_path), feed)[0]
        for labels in both(written(with_labels(graph), ODD, tmp_path), feed):
            assert labels.dtype == np.int32
            np.testing.assert_array_equal(labels[..., 0], logits.argmax(axis=2))

    def test_half_holds_half_inside_and_float_at_the_borders(self, tmp_path: Path) -> None:
        model = onnx.load(written(halved(fast_scnn(affine=True)), ODD, tmp_path))
        stored = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
        half, single, integer = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
        assert {name for name, kind in stored.items() if kind == single} == {
            "normalise.scale",
            "normalise.shift",
        }
        assert all(name.endswith(".sizes") for name, kind in stored.items() if kind == integer)
        assert stored["downsample.conv.weight"] == half
        borders = [*model.graph.input, *model.graph.output]
        assert [value.type.tensor_type.elem_type for value in borders] == [single, single]
        assert sum(node.op_type == "Cast" for node in model.graph.node) == 2

    def test_stays_far_from_the_end_of_half(self, tmp_path: Path) -> None:
        graph = fast_scnn(affine=True, first_padding=1)
        names = [node.name for node in graph][1:]
        runner = run.load(written(halved(graph), ODD, tmp_path))
        tensors = runner.run(picture(ODD, low=0, high=255), names)
        assert all(np.isfinite(tensor).all() for tensor in tensors.values())


class TestSpelling:
    def test_a_resize_takes_no_value_of_the_tensor_that_gives_its_size(self) -> None:
        b = Builder()
        b.add("logits", Resize(True), "image", b.conv("only.its.size", "image", 4, 3, stride=2))
        model = onnx.load_from_string(write(b.graph("logits"), ODD, info_of(3)))
        assert [node.op_type for node in model.graph.node] == ["Resize"]

    def test_helpers_give_way_to_layers_of_the_same_name(self, tmp_path: Path) -> None:
        b = Builder()
        first = b.conv("layer", "image", 4, activation="relu")
        second = b.conv("layer.linear", first, 4, activation="relu")
        b.conv("logits", b.conv("layer.weight", second, 4), 2)
        graph = b.graph("logits")
        feed = picture(ODD)
        expected = reference.run(graph, feed, ["layer.linear"])
        result = run.load(written(graph, ODD, tmp_path)).run(feed, ["layer.linear"])
        for name, values in expected.items():
            np.testing.assert_allclose(result[name], values, atol=1e-5)

    def test_every_tensor_that_the_file_describes_has_the_resolved_shape(self) -> None:
        graph = fast_scnn()
        model = onnx.load_from_string(write(graph, ODD, info_of(19)))
        described = {
            value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)
            for value in model.graph.value_info
        }
        expected = {name: (1, c, h, w) for name, (h, w, c) in resolve(graph, ODD).items()}
        del expected["image"], expected["logits"]
        assert described == expected

    def test_versions_are_old_enough_for_onnxruntime_1_17(self) -> None:
        model = onnx.load_from_string(write(fast_scnn(), ODD, info_of(19)))
        assert model.ir_version <= 9
        assert 17 <= model.opset_import[0].version <= 20


HASH = """
import hashlib
from export.formats.onnx.write import write
from tests.graphs import fast_scnn, halved, info_of, with_labels
for graph in (fast_scnn(), with_labels(halved(fast_scnn(affine=True)))):
    print(hashlib.sha256(write(graph, (97, 131), info_of(19))).hexdigest())
"""


def test_bytes_depend_on_nothing_but_the_graph() -> None:
    expected = [
        hashlib.sha256(write(graph, ODD, info_of(19))).hexdigest()
        for graph in (fast_scnn(), with_labels(halved(fast_scnn(affine=True))))
    ]
    root = Path(__file__).parents[4]
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed, "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", HASH],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == expected
