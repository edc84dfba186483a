"""What a file holds is read back; whatever is no file of ours is refused, never followed, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper

from export.formats.base import Tensor
from export.formats.onnx import run
from export.formats.onnx.read import read
from export.formats.onnx.write import write
from export.forms import Activations
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import ActivationKind, Conv, Graph
from fastscnn.graph.integers import bias_scales
from tests.export.formats.onnx.steps import SPELLINGS
from tests.graphs import ODD, Builder, fast_scnn, halved, info_of, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

NETWORK = write(fast_scnn(affine=True), ODD, info_of(19))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(NETWORK)
    return file


class TestOurs:
    def test_numbers_come_back_by_the_names_of_their_nodes(self, path: Path) -> None:
        graph = fast_scnn(affine=True)
        contents = read(path)
        convolutions = {node.name: conv for node, conv in graph.of(Conv)}
        assert set(contents.weights) == set(contents.biases) == set(convolutions)
        for name, conv in convolutions.items():
            np.testing.assert_array_equal(contents.weights[name], conv.weight)
            np.testing.assert_array_equal(contents.biases[name], conv.bias)

    def test_half_comes_back_as_stored(self, path: Path) -> None:
        graph = halved(fast_scnn())
        path.write_bytes(write(graph, ODD, info_of(19)))
        contents = read(path)
        for node, conv in graph.of(Conv):
            assert contents.weights[node.name].dtype == np.float16
            np.testing.assert_array_equal(contents.weights[node.name], conv.weight)

    def test_info_borders_and_operators(self, path: Path) -> None:
        contents = read(path)
        assert contents.info == info_of(19)
        assert contents.input == Tensor("image", (1, 3, *ODD), "float32", "NCHW")
        assert contents.output == Tensor("logits", (1, 19, *ODD), "float32", "NCHW")
        assert contents.operators["Conv"] == 45
        assert sum(contents.operators.values()) == len(onnx.load(path).graph.node)

    @pytest.mark.parametrize("activations", SPELLINGS)
    def test_integers_come_back_with_their_scales(self, activations: Activations, path: Path) -> None:
        graph = quantized_fast_scnn(first_padding=1)
        path.write_bytes(write(graph, ODD, info_of(19), activations))
        contents = read(path)
        assert contents.quants == {node.name: node.quant for node in graph}
        for node, conv in graph.of(Conv):
            source = graph[node.inputs[0]].quant
            assert conv.scales is not None
            assert source is not None
            for found, expected in (
                (contents.weights, conv.weight),
                (contents.biases, conv.bias),
                (contents.scales, conv.scales),
                (contents.bias_scales, bias_scales(conv.scales, source)),
            ):
                assert found[node.name].dtype == expected.dtype
                np.testing.assert_array_equal(found[node.name], expected)

    def test_labels_have_no_channels(self, path: Path) -> None:
        path.write_bytes(write(with_labels(fast_scnn(stride=8)), (256, 256), info_of(19)))
        assert read(path).output == Tensor("labels", (1, 32, 32), "int32", "NHW")


def external(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret"


def external_in_an_attribute(model: ModelProto) -> None:
    hidden = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [0.0])
    external_data = ModelProto()
    external_data.graph.initializer.append(hidden)
    external(external_data)
    model.graph.node.append(helper.make_node("Constant", [], ["hidden"]))
    attribute = model.graph.node[-1].attribute.add()
    attribute.name, attribute.type = "value", onnx.AttributeProto.TENSOR
    attribute.t.CopyFrom(external_data.graph.initializer[0])


def without_metadata(model: ModelProto) -> None:
    del model.metadata_props[:]


def with_unreadable_info(model: ModelProto) -> None:
    helper.set_model_props(model, {"fastscnn.info": '{"classes": 3}'})


def with_short_weights(model: ModelProto) -> None:
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name.endswith(".weight"))
    tensor.raw_data = tensor.raw_data[:-4]


def with_a_second_output(model: ModelProto) -> None:
    model.graph.output.add().CopyFrom(model.graph.value_info[0])


def with_a_free_batch(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"


def with_an_unknown_operator(model: ModelProto) -> None:
    model.graph.node[3].op_type = "Telepathy"


def with_a_cut_wire(model: ModelProto) -> None:
    model.graph.node[3].input[0] = "nowhere"


class TestRefused:
    @pytest.mark.parametrize(
        ("spoil", "named"),
        [
            (external, "another file"),
            (external_in_an_attribute, "another file"),
            (without_metadata, "not one of ours"),
            (with_unreadable_info, "fastscnn.info"),
            (with_short_weights, "cannot be used"),
            (with_a_second_output, "2 outputs"),
            (with_a_free_batch, "no fixed shape"),
            (with_an_unknown_operator, "Telepathy"),
            (with_a_cut_wire, "nowhere"),
        ],
    )
    def test_a_spoiled_file(self, path: Path, spoil: Callable[[ModelProto], None], named: str) -> None:
        model = onnx.load(path)
        spoil(model)
        path.write_bytes(model.SerializeToString())
        with pytest.raises(ArtifactError, match=named) as refusal:
            read(path)
        assert str(path) in refusal.value.message
        assert refusal.value.remedy

    @pytest.mark.parametrize(
        "content", [b"", b"\0" * 64, b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", NETWORK[:-100]]
    )
    def test_no_onnx_file_at_all(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        for verb in (read, run.load):
            with pytest.raises(ArtifactError):
                verb(path)

    def test_a_folder_and_nothing(self, tmp_path: Path) -> None:
        for place in (tmp_path, tmp_path / "missing.onnx"):
            with pytest.raises(ArtifactError, match="cannot be read"):
                read(place)


def small_graph(activation: ActivationKind = "relu6") -> Graph:
    b = Builder()
    b.conv("logits", b.conv("layer", "image", 4, 3, activation=activation), 3)
    return b.graph("logits")


SMALL = {
    "float": write(small_graph(), (33, 35), info_of(3)),
    "quantized": write(
        quantized(small_graph("relu"), pixels((33, 35)), pixels_in=True), (33, 35), info_of(3)
    ),
}


@pytest.mark.parametrize("kind", SMALL)
@given(st.integers(0, 2**20), st.binary(min_size=1, max_size=4))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, kind: str, place: int, damage: bytes) -> None:
    path = tmp_path / "damaged.onnx"
    whole = SMALL[kind]
    place %= len(whole)
    path.write_bytes(whole[:place] + damage + whole[place + len(damage) :])
    for verb in (read, run.load):
        with suppress(ArtifactError):
            verb(path)


@pytest.mark.parametrize("kind", SMALL)
@given(st.integers(0, 2**20))
@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_cut_file_is_refused(tmp_path: Path, kind: str, length: int) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(SMALL[kind][: length % len(SMALL[kind])])
    with pytest.raises(ArtifactError):
        read(path)
