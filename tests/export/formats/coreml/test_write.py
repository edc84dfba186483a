"""A whole network as a package: the same numbers, the same bytes, and what other programs see."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.coreml import metadata
from export.formats.coreml.operators import WRITERS
from export.formats.coreml.read import read
from export.formats.coreml.run import load
from export.formats.coreml.toolbox import FeatureTypes_pb2, coremltools
from export.formats.coreml.write import write
from fastscnn.graph import reference
from fastscnn.graph.file import dump
from fastscnn.graph.graph import OPERATORS, Conv, Graph, Input, Node, Pair
from fastscnn.info import ModelInfo
from tests.export.formats.coreml.packages import exported, operations, save
from tests.graphs import ODD, Builder, fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import quantized_fast_scnn

ROOT = Path(__file__).parents[4]


def opened(package: Path) -> Any:
    """What coremltools itself makes of it."""
    return coremltools.models.MLModel(str(package), skip_model_load=True)


def of_camera_frames() -> Graph:
    """A network on R G B A whose convolution of alpha matters."""
    b = Builder(4, seed=3)
    x = b.conv("first", "image", 8, 3, stride=2, padding=1, activation="relu")
    return b.graph(b.conv("logits", x, 5))


def test_every_operator_has_a_writer() -> None:
    assert set(WRITERS) == set(OPERATORS.values()) - {Input}


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("size", [ODD, (64, 96), (32, 32)])
def test_a_whole_network_in_float32(size: Pair, align_corners: bool, tmp_path: Path) -> None:
    graph = fast_scnn(align_corners=align_corners, affine=True, pool="average")
    feed = picture(size, low=0, high=255).round()
    wanted = reference.run(graph, feed)["logits"]
    got = load(exported(graph, size, tmp_path)).run(feed)["logits"]
    assert np.abs(got - wanted).max() < 2e-6 * np.ptp(wanted)


@pytest.mark.parametrize("size", [ODD, (128, 256)])
def test_a_whole_network_in_half_precision(size: Pair, tmp_path: Path) -> None:
    graph = fast_scnn(affine=True, bottleneck_activation="relu6", first_padding=1)
    feed = picture(size, low=0, high=255).round()
    wanted = reference.run(graph, feed)["logits"]
    got = load(exported(halved(graph), size, tmp_path)).run(feed)["logits"]
    assert got.dtype == np.float32
    assert 1e-5 * np.ptp(wanted) < np.abs(got - wanted).max() < 2e-3 * np.ptp(wanted)


@pytest.mark.parametrize("half", [False, True])
def test_other_families_switches(half: bool, tmp_path: Path) -> None:
    graph = fast_scnn(
        input_name="input",
        first_padding="same",
        relu_between=False,
        bins=(1, 2, 4, 8),
        pool="max",
        source_first=False,
        fusion_dilation=4,
        stride=8,
    )
    feed = picture(ODD)
    wanted = reference.run(graph, feed)["logits"]
    got = load(exported(halved(graph) if half else graph, ODD, tmp_path)).run(feed)["logits"]
    assert np.abs(got - wanted).max() < (2e-3 if half else 2e-6) * np.ptp(wanted)


def test_the_fourth_byte_of_a_camera_frame_is_opaque(tmp_path: Path) -> None:
    graph = of_camera_frames()
    frame = picture((40, 48), 4, low=0, high=255).round()
    opaque = frame.copy()
    opaque[..., 3] = 255
    wanted = reference.run(graph, opaque)["logits"]
    runner = load(exported(graph, (40, 48), tmp_path))
    assert runner.input.shape == (1, 3, 40, 48)
    for feed in (frame, opaque, opaque[..., :3]):
        got = runner.run(feed)["logits"]
        assert np.abs(got - wanted).max() < 2e-6 * np.ptp(wanted)


@pytest.mark.parametrize("half", [False, True])
def test_labels_are_the_argmax(half: bool, tmp_path: Path) -> None:
    graph = halved(fast_scnn(affine=True)) if half else fast_scnn(affine=True)
    feed = picture(ODD, low=0, high=255).round()
    logits = load(exported(graph, ODD, tmp_path / "logits")).run(feed)["logits"]
    labels = load(exported(with_labels(graph), ODD, tmp_path / "labels")).run(feed)["labels"]
    assert labels.dtype == np.int32
    assert labels.shape == (*ODD, 1)
    # float32 logits of a half file are its half logits, so even ties fall alike
    np.testing.assert_array_equal(labels[..., 0], logits.argmax(2))


def test_an_image_is_core_mls_rgb_image(tmp_path: Path) -> None:
    spec = opened(exported(fast_scnn(affine=True), (64, 96), tmp_path)).get_spec()
    (fed,), (given,) = spec.description.input, spec.description.output
    assert fed.name == "image"
    assert (fed.type.imageType.height, fed.type.imageType.width) == (64, 96)
    assert fed.type.imageType.colorSpace == FeatureTypes_pb2.ImageFeatureType.RGB
    assert given.name == "logits"
    assert list(given.type.multiArrayType.shape) == [1, 19, 64, 96]
    assert given.type.multiArrayType.dataType == FeatureTypes_pb2.ArrayFeatureType.FLOAT32
    assert spec.specificationVersion == coremltools.target.iOS16.value


def test_a_tensor_is_an_array(tmp_path: Path) -> None:
    spec = opened(exported(fast_scnn(input_name="input"), (64, 96), tmp_path)).get_spec()
    (fed,) = spec.description.input
    assert fed.name == "input"
    assert list(fed.type.multiArrayType.shape) == [1, 3, 64, 96]
    assert fed.type.multiArrayType.dataType == FeatureTypes_pb2.ArrayFeatureType.FLOAT32


def test_labels_are_an_array_of_int32(tmp_path: Path) -> None:
    spec = opened(exported(with_labels(fast_scnn()), (64, 96), tmp_path)).get_spec()
    (given,) = spec.description.output
    assert given.name == "labels"
    assert list(given.type.multiArrayType.shape) == [1, 64, 96]
    assert given.type.multiArrayType.dataType == FeatureTypes_pb2.ArrayFeatureType.INT32


def test_xcodes_preview_survives_a_save_by_coremltools(tmp_path: Path) -> None:
    info = replace(info_of(2), classes=("road", "Straße"), colors=((128, 64, 128), (0, 1, 255)))
    again = tmp_path / "again.mlpackage"
    opened(save(write(fast_scnn(classes=2), (64, 96), info), tmp_path)).save(str(again))
    stored = opened(again).user_defined_metadata
    assert stored["com.apple.coreml.model.preview.type"] == "imageSegmenter"
    assert json.loads(stored["com.apple.coreml.model.preview.params"]) == {
        "labels": ["road", "Straße"],
        "colors": ["#804080", "#0001ff"],
    }
    assert ModelInfo.from_json(stored[metadata.INFO]) == info
    assert read(again).info == info


def test_says_when_it_is_untrained(tmp_path: Path) -> None:
    spec = opened(exported(fast_scnn(), (64, 96), tmp_path)).get_spec()
    assert "untrained" in spec.description.metadata.shortDescription


def test_layers_are_called_what_the_checkpoint_calls_them(tmp_path: Path) -> None:
    spec = opened(exported(fast_scnn(), (64, 96), tmp_path)).get_spec()
    names = [operation.outputs[0].name for operation in operations(spec, "conv")]
    assert names[:3] == [
        "downsample_conv",
        "downsample_dsconv1_depthwise",
        "downsample_dsconv1_pointwise",
    ]
    assert names[-1] == "classifier_conv"


def test_names_that_fall_together_are_told_apart(tmp_path: Path) -> None:
    b = Builder()
    x = b.conv("a.b", "image", 4, activation="relu")
    x = b.conv("a_b", x, 4)
    x = b.conv("a.b.relu", x, 4)
    x = b.conv("0", x, 4)
    graph = b.graph(b.conv("logits.bool", x, 4, activation="relu"))
    feed = picture((40, 48), low=0, high=255).round()
    nodes = [node.name for node in graph]
    wanted = reference.run(graph, feed, nodes)
    got = load(exported(graph, (40, 48), tmp_path)).run(feed, nodes)
    for node in nodes:
        np.testing.assert_allclose(got[node], wanted[node], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("activation", ["none", "relu"])
def test_the_output_is_called_logits_whatever_its_node_is(
    half: bool, activation: Any, tmp_path: Path
) -> None:
    for index, name in enumerate(("logits", "classifier.conv")):
        b = Builder(seed=index)
        graph = b.graph(b.conv(name, b.conv("x", "image", 4), 4, activation=activation))
        package = exported(halved(graph) if half else graph, (40, 48), tmp_path / name)
        feed = picture((40, 48), low=0, high=255).round()
        got = load(package).run(feed, [name])
        assert list(got) == ["logits", name] if name != "logits" else ["logits"]
        np.testing.assert_array_equal(got["logits"], got[name])


def test_another_reader_finds_the_program_consistent(tmp_path: Path) -> None:
    """coremltools' own reader infers every type again, and refuses what does not fit."""
    from coremltools.converters.mil.frontend.milproto.load import load as parse

    for half in (False, True):
        graph = with_labels(fast_scnn(affine=True))
        package = exported(halved(graph) if half else graph, ODD, tmp_path / str(half))
        model = opened(package)
        spec = model.get_spec()
        program = parse(
            spec,
            specification_version=spec.specificationVersion,
            file_weights_dir=model.weights_dir,
        )
        (output,) = program.functions["main"].outputs
        assert output.name == "labels"
        assert output.shape == (1, *ODD)
        weights = [op.weight.val for op in program.functions["main"].find_ops(op_type="conv")]
        stored = (halved(graph) if half else graph).of(Conv)
        for found, (_, conv) in zip(weights, stored, strict=True):
            np.testing.assert_array_equal(found, conv.weight)


def digest_of(hash_seed: str, folder: Path) -> str:
    folder.mkdir()
    program = """
import hashlib
from export.formats.coreml.write import write
from export.passes import float_output
from tests.graphs import fast_scnn, halved, info_of
from tests.quantized_graphs import quantized_fast_scnn
digest = hashlib.sha256()
whole = float_output.apply(quantized_fast_scnn(first_padding=1))
for graph in (fast_scnn(affine=True), halved(fast_scnn(pool="max")), whole):
    for name, content in sorted(write(graph, (97, 131), info_of(19)).items()):
        digest.update(name.encode() + b"\\0" + content)
print(digest.hexdigest())
"""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "", "coremltools is to be silent"
    return done.stdout.strip()


def test_the_same_bytes_everywhere_and_not_a_word(tmp_path: Path) -> None:
    first = digest_of("1", tmp_path / "one")
    assert len(first) == hashlib.sha256().digest_size * 2
    assert digest_of("20261119", tmp_path / "another") == first


def test_a_quantized_file_becomes_a_package_without_torch(tmp_path: Path) -> None:
    """And without a word: coremltools would import every framework it finds."""
    path = tmp_path / "network.int8.safetensors"
    path.write_bytes(dump(quantized_fast_scnn(), info_of(19)))
    program = """
import sys
from pathlib import Path
from export.formats.coreml.write import write
from export.passes import float_output
from fastscnn.graph.file import load
content = load(Path(sys.argv[1]))
print(len(write(float_output.apply(content.graph), (64, 96), content.info)), "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("3 False\n", "")


def test_other_weights_are_other_identifiers() -> None:
    manifests = [write(fast_scnn(seed=seed), (64, 96), info_of(19))["Manifest.json"] for seed in (0, 1)]
    assert manifests[0] != manifests[1]


def test_takes_less_than_two_seconds() -> None:
    graph = fast_scnn(affine=True)
    started = time.perf_counter()
    write(graph, (512, 1024), info_of(19))
    assert time.perf_counter() - started < 2


def test_a_node_without_a_legal_name_cannot_break_the_file(tmp_path: Path) -> None:
    graph = Graph(
        (Node("image", Input(3)), Node("ë/1:x", fast_scnn()["downsample.conv"].operator, ("image",))), "ë/1:x"
    )
    feed = picture((40, 48), low=0, high=255).round()
    assert load(exported(graph, (40, 48), tmp_path)).run(feed, ["ë/1:x"]).keys() == {"logits", "ë/1:x"}
