"""MediaPipe Tasks' ImageSegmenter opens our files as they are."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export import pictures
from export.cli import main
from export.formats.tflite import read, run, write
from export.passes import float_output
from export.torch_reference import FLOAT_LIMIT
from fastscnn.graph import integers
from fastscnn.graph.graph import Array, Graph, Quant
from fastscnn.info import ModelInfo, Preprocessing
from tests.graphs import fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import quantized_fast_scnn

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-mediapipe" / "bin" / "python"
CLIENT = Path(__file__).parent / "segmenter.py"
SIZE = (224, 352)
CLASSES = 19
PIXELS = picture(SIZE, low=0, high=255).round().astype(np.uint8)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="MediaPipe has no environment here: make mediapipe"),
]


@dataclass(frozen=True, eq=False)
class Seen:
    """What the client says about a file and a picture."""

    labels: list[str]
    metadata: dict[str, Any]
    files: list[str]
    categories: Array
    confidences: Array


def segmented(folder: Path, graph: Graph, info: ModelInfo, pixels: Array) -> Seen:
    model = folder / "model.tflite"
    model.write_bytes(write.write(graph, SIZE, info))
    return opened(model, pixels)


def opened(model: Path, pixels: Array) -> Seen:
    """A file in the client, in the client's own environment."""
    feed, results = model.with_name("pixels.npy"), model.with_name("results.npz")
    np.save(feed, pixels)
    client = subprocess.run(
        [str(PYTHON), str(CLIENT), str(model), str(feed), str(results)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert client.returncode == 0, client.stderr
    said = json.loads(client.stdout)
    arrays = np.load(results)
    return Seen(said["labels"], said["metadata"], said["files"], arrays["categories"], arrays["confidences"])


def softmax(logits: Array) -> Array:
    """Classes first, as MediaPipe gives them."""
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    shares: Array = (powers / powers.sum(axis=2, keepdims=True)).transpose(2, 0, 1)
    return shares


def network(kind: str) -> Graph:
    """A network of random weights that takes pixels."""
    if not kind.startswith("int8"):
        graph = fast_scnn(CLASSES, affine=True)
        return halved(graph) if kind == "fp16" else graph
    graph = quantized_fast_scnn(SIZE, classes=CLASSES)
    return float_output.apply(graph) if kind == "int8 float output" else graph


@pytest.fixture(scope="module", params=["fp32", "fp16", "int8", "int8 float output"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(kind.replace(" ", "-"))


@pytest.fixture(scope="module")
def seen(kind: str, folder: Path) -> Seen:
    return segmented(folder, network(kind), info_of(CLASSES), PIXELS)


def test_the_labels_are_listed(seen: Seen) -> None:
    assert seen.labels == list(info_of(CLASSES).classes)
    assert seen.files == ["labels.txt"]


def test_categories_and_confidences_are_ours(folder: Path, seen: Seen) -> None:
    runner = run.load(folder / "model.tflite")
    logits = runner.run(PIXELS.astype(runner.input.dtype))["logits"]
    assert np.array_equal(seen.categories, logits.argmax(axis=2))
    if runner.output.scale is not None:
        # the client takes integers and knows what they stand for
        quant = Quant(runner.output.scale, runner.output.zero_point or 0)
        logits = integers.dequantize(logits, quant)
    assert np.abs(seen.confidences - softmax(logits)).max() < 1e-5


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_delivered_file_is_taken_unmodified(precision: str, tmp_path: Path) -> None:
    assert main(["--format", "tflite", f"--{precision}", "--out", str(tmp_path), "--quiet"]) == 0
    artifact = tmp_path / f"fastscnn-camvid_360x480_{precision}.tflite"
    info = read.read(artifact).info
    pixels = pictures.opened(pictures.embedded()[0], (360, 480))
    seen = opened(artifact, pixels)
    logits = run.load(artifact).run(pixels.astype(np.float32))["logits"]
    assert seen.labels == list(info.classes)
    second, first = np.sort(logits, axis=2)[:, :, -2:].transpose(2, 0, 1)
    decided = first - second > 2 * FLOAT_LIMIT * np.ptp(logits)  # its XNNPACK is another version than ours
    assert np.array_equal(seen.categories[decided], logits.argmax(axis=2)[decided])
    assert decided.mean() > 0.999


def test_the_metadata_says_pixels_in_and_logits_out(seen: Seen) -> None:
    assert "UNTRAINED" in seen.metadata["description"]
    (subgraph,) = seen.metadata["subgraph_metadata"]
    (source,) = subgraph["input_tensor_metadata"]
    assert source["name"] == "image"
    assert source["content"]["content_properties"] == {"color_space": "RGB"}
    assert source["process_units"][0]["options"] == {"mean": [0.0] * 3, "std": [1.0] * 3}
    (result,) = subgraph["output_tensor_metadata"]
    assert result["name"] == "logits"
    assert result["associated_files"][0]["type"] == "TENSOR_AXIS_LABELS"


def test_a_tensor_file_tells_the_client_how_to_normalise(tmp_path: Path) -> None:
    """MediaPipe knows one mean for all channels only, so this is the case that it can take."""
    preprocessing = Preprocessing(mean=(127.5,) * 3, std=(127.5,) * 3)
    info = replace(info_of(CLASSES), preprocessing=preprocessing)
    seen = segmented(tmp_path, fast_scnn(CLASSES, input_name="input"), info, PIXELS)
    feed = (PIXELS.astype(np.float32) - 127.5) / 127.5
    logits = run.load(tmp_path / "model.tflite").run(feed)["logits"]
    assert np.mean(seen.categories == logits.argmax(axis=2)) > 0.9999
    assert np.abs(seen.confidences - softmax(logits)).max() < 1e-4


def test_labels_are_declared_as_the_values_of_the_tensor(tmp_path: Path) -> None:
    """ImageSegmenter takes float outputs only; its metadata reader serves every client."""
    model = tmp_path / "labels.tflite"
    graph = with_labels(fast_scnn(CLASSES, affine=True))
    model.write_bytes(write.write(graph, SIZE, info_of(CLASSES)))
    code = (
        "import sys; from mediapipe.tasks.python.metadata.metadata import MetadataDisplayer as D;"
        "print(D.with_model_buffer(bytearray(open(sys.argv[1], 'rb').read())).get_metadata_json())"
    )
    said = subprocess.run(
        [str(PYTHON), "-c", code, str(model)], capture_output=True, text=True, check=True, timeout=120
    )
    (result,) = json.loads(said.stdout)["subgraph_metadata"][0]["output_tensor_metadata"]
    assert result["name"] == "labels"
    assert result["associated_files"][0]["type"] == "TENSOR_VALUE_LABELS"
