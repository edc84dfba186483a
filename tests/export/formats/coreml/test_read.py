"""The audit: what a package holds comes back exactly, and what is damaged or foreign is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.base import Tensor
from export.formats.coreml import metadata
from export.formats.coreml.package import DATA, WEIGHT_FILE
from export.formats.coreml.read import read
from export.formats.coreml.run import load
from export.formats.coreml.toolbox import coremltools
from export.formats.coreml.weights import WeightFile
from export.formats.coreml.write import write
from export.passes import float_output
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Conv, Graph
from tests.export.formats.coreml.packages import (
    MODEL_FILE,
    constant_of,
    edit_model,
    exported,
    operations,
    save,
)
from tests.graphs import Builder, fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import pixels, quantized


def small() -> Graph:
    b = Builder()
    x = b.conv("first", "image", 8, 3, stride=2, activation="relu")
    x = b.conv("second", x, 8, 3, padding=1, groups=8)
    return b.graph(b.conv("logits", x, 19))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return exported(small(), (40, 48), tmp_path)


@pytest.mark.parametrize("half", [False, True])
def test_weights_come_back_by_their_nodes_names(half: bool, tmp_path: Path) -> None:
    graph = halved(fast_scnn()) if half else fast_scnn()
    contents = read(exported(graph, (64, 96), tmp_path))
    convolutions = {node.name: conv for node, conv in graph.of(Conv)}
    assert list(contents.weights) == list(contents.biases) == list(convolutions)
    for name, conv in convolutions.items():
        assert contents.weights[name].dtype == conv.weight.dtype
        np.testing.assert_array_equal(contents.weights[name], conv.weight)
        np.testing.assert_array_equal(contents.biases[name], conv.bias)


def test_operators_are_counted_and_constants_are_not(tmp_path: Path) -> None:
    operators = read(exported(halved(fast_scnn(affine=True)), (64, 96), tmp_path)).operators
    assert operators["conv"] == 45
    assert operators["resize_bilinear"] + operators.get("identity", 0) == 6
    assert operators["cast"] == 2
    assert "const" not in operators


def test_the_interface(tmp_path: Path) -> None:
    contents = read(exported(with_labels(fast_scnn(affine=True)), (64, 96), tmp_path / "image"))
    assert contents.input == Tensor("image", (1, 3, 64, 96), "uint8", "RGB image")
    assert contents.output == Tensor("labels", (1, 64, 96), "int32", "NHW")
    contents = read(exported(fast_scnn(input_name="input", stride=8), (64, 96), tmp_path / "tensor"))
    assert contents.input == Tensor("input", (1, 3, 64, 96), "float32", "NCHW")
    assert contents.output == Tensor("logits", (1, 19, 8, 12), "float32", "NCHW")
    assert contents.info == info_of(19)


def test_our_reader_of_weights_agrees_with_coremltools(package: Path) -> None:
    path = package / DATA / WEIGHT_FILE
    theirs = coremltools.libmilstoragepython._BlobStorageReader(str(path))
    ours = WeightFile(package, path)
    seen: list[int] = []
    edit_model(
        package,
        lambda model: seen.extend(
            c.attributes["val"].blobFileValue.offset
            for c in operations(model, "const")
            if c.attributes["val"].WhichOneof("value") == "blobFileValue"
        ),
    )
    assert len(seen) >= 4
    for offset in seen:
        expected = np.array(theirs.read_float_data(offset))
        np.testing.assert_array_equal(ours.constant(offset, "float32", expected.shape), expected)


def foreign(model: Any) -> None:
    del model.description.metadata.userDefined[metadata.INFO]


def other_kind(model: Any) -> None:
    model.neuralNetwork.SetInParent()


def unreadable_info(model: Any) -> None:
    model.description.metadata.userDefined[metadata.INFO] = '{"layout": 3}'


def unreadable_nodes(model: Any) -> None:
    model.description.metadata.userDefined[metadata.NODES] = "[[]]"


def no_main(model: Any) -> None:
    del model.mlProgram.functions["main"]


def no_operations(model: Any) -> None:
    model.mlProgram.functions["main"].opset = "CoreML99"


def no_output(model: Any) -> None:
    del model.mlProgram.functions["main"].block_specializations["CoreML6"].outputs[:]


def unknown_output(model: Any) -> None:
    model.mlProgram.functions["main"].block_specializations["CoreML6"].outputs[0] = "nothing"


def twice_the_same(model: Any) -> None:
    operations(model, "relu")[0].outputs[0].name = "image"


def reads_the_future(model: Any) -> None:
    operations(model, "relu")[0].inputs["x"].arguments[0].name = "logits"


def other_weights(model: Any) -> None:
    constant_of(model, "conv", "weight").blobFileValue.fileName = "@model_path/../../../secret"


def weights_elsewhere(model: Any) -> None:
    constant_of(model, "conv", "weight").blobFileValue.fileName = "/etc/passwd"


def beyond_the_end(model: Any) -> None:
    constant_of(model, "conv", "weight").blobFileValue.offset = 2**62


def between_entries(model: Any) -> None:
    constant_of(model, "conv", "weight").blobFileValue.offset += 8


def greater_than_stored(model: Any) -> None:
    constant_of(model, "conv", "weight").type.tensorType.dimensions[0].constant.size = 9


def enormous(model: Any) -> None:
    operations(model, "relu")[0].outputs[0].type.tensorType.dimensions[1].constant.size = 2**60


def of_no_size(model: Any) -> None:
    operations(model, "relu")[0].outputs[0].type.tensorType.rank = 7


def of_no_type(model: Any) -> None:
    operations(model, "relu")[0].outputs[0].type.tensorType.dataType = 0


def too_few_numbers(model: Any) -> None:
    constant_of(model, "conv", "pad").immediateValue.tensor.ints.values.pop()


def another_size(model: Any) -> None:
    model.description.input[0].type.imageType.width = 47


def another_colour(model: Any) -> None:
    model.description.input[0].type.imageType.colorSpace = 10


def another_output(model: Any) -> None:
    model.description.output[0].name = "labels"


def another_output_size(model: Any) -> None:
    model.description.output[0].type.multiArrayType.shape[1] = 20


DAMAGES: list[Callable[[Any], None]] = [
    foreign,
    other_kind,
    unreadable_info,
    unreadable_nodes,
    no_main,
    no_operations,
    no_output,
    unknown_output,
    twice_the_same,
    reads_the_future,
    other_weights,
    weights_elsewhere,
    beyond_the_end,
    between_entries,
    greater_than_stored,
    enormous,
    of_no_size,
    of_no_type,
    too_few_numbers,
    another_size,
    another_colour,
    another_output,
    another_output_size,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_does_not_fit_is_refused(damage: Callable[[Any], None], package: Path) -> None:
    edit_model(package, damage)
    with pytest.raises(ArtifactError, match=r"is not a Core ML package of ours: .*Export it again"):
        read(package)


@pytest.mark.parametrize("name", [MODEL_FILE, f"{DATA}/{WEIGHT_FILE}"])
@pytest.mark.parametrize("kept", [0, 1, 63, 64, 0.5, 0.999])
def test_cut_files_are_refused(name: str, kept: float, package: Path) -> None:
    content = (package / name).read_bytes()
    (package / name).write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(ArtifactError):
        read(package)


@pytest.mark.parametrize("quantize", [False, True])
def test_random_damage_is_read_or_refused_but_never_a_crash(quantize: bool, tmp_path: Path) -> None:
    graph = float_output.apply(quantized(small(), pixels((40, 48)), pixels_in=True)) if quantize else small()
    whole = write(graph, (40, 48), info_of(19))
    feed = picture((40, 48), low=0, high=255).round()
    chance = random.Random(3)
    refusals = 0
    for index in range(250):
        damaged = dict(whole)
        name = chance.choice(sorted(damaged))
        content = bytearray(damaged[name])
        for _ in range(chance.choice((1, 2, 20))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        damaged[name] = bytes(content)
        package = save(damaged, tmp_path / str(index))
        try:
            read(package)
            runner = load(package)
            if runner.input.shape == (1, 3, 40, 48):
                runner.run(feed)
        except ArtifactError:
            refusals += 1
    assert 20 < refusals < 250
