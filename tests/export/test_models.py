"""One model, whatever it comes as: checkpoint, ONNX, TFLite or Core ML, in every form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from export import pictures
from export.formats import FORMATS
from export.forms import Form, InputForm, OutputForm, Precision
from export.models import Model, open_model
from fastscnn.data.datasets import squashed
from fastscnn.errors import ArtifactError, CheckpointError, GraphFileError, SizeError, UsageError
from fastscnn.graph import file as graph_file
from fastscnn.graph import kernels, reference
from fastscnn.graph.graph import Array
from fastscnn.network.validation import labels as training_labels
from tests.export.models import SIZE, artifact, embedded
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn

DIFFERENCE = 2e-5
"""Of the logits' range: how far two right float32 runtimes may be apart."""
TARGETS = [SIZE, (131, 97), (200, 300)]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network() -> Model:
    return open_model(size=SIZE)


@pytest.fixture(scope="module")
def street() -> Array:
    with Image.open(pictures.embedded()[1]) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def eighth(network: Model, street: Array) -> Array:
    return network.logits(street)


def assert_same_labels(found: Array, eighth: Array, target: tuple[int, int]) -> None:
    """Those of the checkpoint's logits, but where its two best classes are as near as rounding."""
    aligned = embedded().info.align_corners
    logits = kernels.resize(kernels.resize(eighth, SIZE, aligned), target, aligned)
    best = np.sort(logits, axis=2)
    clear = best[:, :, -1] - best[:, :, -2] > 2 * DIFFERENCE * np.ptp(logits)
    assert clear.mean() > 0.98
    assert found.shape == target
    assert (found == logits.argmax(2))[clear].all()


@pytest.mark.parametrize("target", TARGETS)
def test_a_checkpoint_gives_what_torch_gives(network: Model, street: Array, target: tuple[int, int]) -> None:
    info = embedded().info
    small = np.asarray(Image.fromarray(street).resize((SIZE[1], SIZE[0]), Image.Resampling.BILINEAR))
    normal = (small.astype(np.float32) - info.preprocessing.mean) / info.preprocessing.std
    batch = torch.from_numpy(normal.astype(np.float32).transpose(2, 0, 1)[None].copy())
    with torch.inference_mode():
        logits = embedded().network(batch)
        expected = functional.interpolate(
            logits, size=target, mode="bilinear", align_corners=info.align_corners
        )
    differing = network.labels(street, target) != expected[0].argmax(0).numpy()
    assert differing.mean() < 1e-3, "ties apart"


def test_it_gives_what_training_validates_with(network: Model, street: Array) -> None:
    info = embedded().info
    expected = training_labels(
        embedded().network, street, SIZE, info.preprocessing, align_corners=info.align_corners
    )
    assert (network.labels(street) != expected).mean() < 1e-3, "ties apart"


FORMS: list[tuple[InputForm, OutputForm, int, Precision]] = [
    ("image", "logits", 1, "fp32"),
    ("image", "logits", 8, "fp32"),
    ("rgba", "logits", 8, "fp32"),
    ("tensor", "logits", 1, "fp32"),
    ("image", "labels", 1, "fp32"),
]


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(("takes", "gives", "stride", "precision"), FORMS)
def test_every_artifact_gives_the_checkpoints_labels(
    network: Model,
    street: Array,
    eighth: Array,
    tmp_path: Path,
    format_name: str,
    takes: InputForm,
    gives: OutputForm,
    stride: int,
    precision: Precision,
) -> None:
    path = artifact(tmp_path, format_name, Form(SIZE, precision, takes, gives, 8 if stride == 8 else 1))
    model = open_model(path)
    assert (model.size, model.output) == (SIZE, gives)
    assert model.info.classes == network.info.classes
    assert (model.input == takes) or format_name == "coreml"
    for target in TARGETS if gives == "logits" else [SIZE]:
        assert_same_labels(model.labels(street, target), eighth, target)


def test_labels_without_logits_go_to_the_nearest_pixel(street: Array, tmp_path: Path) -> None:
    coarse = open_model(artifact(tmp_path, "onnx", Form(SIZE, output="labels", stride=8)))
    own, large = coarse.labels(street, (8, 12)), coarse.labels(street, (64, 96))
    assert (large[4::8, 4::8] == own).all()
    with pytest.raises(ValueError, match="labels"):
        coarse.logits(street)


def test_an_artifact_has_one_size(tmp_path: Path) -> None:
    path = artifact(tmp_path, "onnx", Form(SIZE))
    assert open_model(path, size=SIZE).size == SIZE
    with pytest.raises(SizeError, match="64x96, not 128x96"):
        open_model(path, size=(128, 96))


def test_an_artifact_needs_no_layout(tmp_path: Path) -> None:
    path = artifact(tmp_path, "tflite", Form(SIZE))
    with pytest.raises(UsageError, match="itself"):
        open_model(path, layout="tramac")
    with pytest.raises(UsageError, match="itself"):
        open_model(path, variant={"order": "bgr"})


def test_a_size_that_the_network_cannot_take() -> None:
    with pytest.raises(SizeError, match="nearest size"):
        open_model(size=(7, 9))
    with pytest.raises(SizeError, match="2 GiB"):
        open_model(size=(99999, 99999))


@pytest.mark.parametrize("suffix", [*(format.suffix for format in FORMATS.values()), ".pth", ".safetensors"])
def test_what_is_no_model_is_named(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"thing{suffix}"
    with pytest.raises((ArtifactError, CheckpointError), match=f"thing{suffix}"):
        open_model(path)
    path.write_bytes(b"not a model at all")
    with pytest.raises((ArtifactError, CheckpointError), match=f"thing{suffix}"):
        open_model(path)


def test_a_quantized_file_gives_what_its_integers_mean(tmp_path: Path, street: Array) -> None:
    graph = quantized_fast_scnn(SIZE, classes=3)
    path = tmp_path / "net.int8.safetensors"
    path.write_bytes(graph_file.dump(graph, info_of(3)))
    model = open_model(path, size=SIZE)
    small = squashed(street, SIZE)
    integers = reference.run(graph, small)[graph.output]
    assert (model.labels(small) == integers.argmax(axis=2)).all()
    assert "oracle" in model.runtime
    with pytest.raises(UsageError, match="itself"):
        open_model(path, layout="tramac")


def test_a_quantized_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.int8.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(GraphFileError):
        open_model(tmp_path / "net.int8.safetensors")


def test_the_embedded_network_warns_only_if_it_is_untrained(network: Model) -> None:
    assert bool(network.warnings) is not network.info.trained


def test_squashing_is_pillows_and_leaves_the_right_size_alone(street: Array) -> None:
    assert (squashed(street, SIZE) == pictures.opened(pictures.embedded()[1], SIZE)).all()
    assert squashed(street, (street.shape[0], street.shape[1])) is street
