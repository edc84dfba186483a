"""fastscnn-export --explain: what is in a file, counted from the file; and what a layer does there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from export.cli import main
from export.explanation import layer
from export.formats import FORMATS
from export.source import embedded_quantized
from fastscnn import __version__
from fastscnn.graph import file
from fastscnn.graph.graph import Quant
from tests.export.commands import Capture, answered, refusal
from tests.export.deliveries import artifact, delivered
from tests.graphs import info_of
from tests.quantized_graphs import mixed_fast_scnn

FORMAT_NAMES = tuple(FORMATS)
LAYER = "classifier.conv"


@pytest.mark.parametrize("format", FORMAT_NAMES)
def test_an_int8_file_is_counted_to_be_one(format: str, tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES)
    found = answered(main, capsys, "--explain", artifact(folder, FORMATS[format].suffix))
    assert found["precision"].startswith("int8 throughout: all 45 convolutions")
    assert found["integers"]["int8_convolutions"] == found["integers"]["convolutions"] == 45
    assert found["made_by"] == __version__
    assert found["model"]["checkpoint"] == "the embedded network"
    assert found["manifest"] == {"named": True, "matches": True, "said": "it is as manifest.json says"}
    assert found["parity"]["verdict"] == "passed"
    assert (found["stride"], len(found["model"]["classes"])) == (1, 11)


@pytest.mark.parametrize("format", FORMAT_NAMES)
def test_a_float_file_is_not_called_int8(format: str, tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES, precision="fp32")
    found = answered(main, capsys, "--explain", artifact(folder, FORMATS[format].suffix))
    assert found["precision"] == "float: float32 throughout"
    assert found["integers"]["int8_bytes"] == 0


def test_a_file_that_its_manifest_does_not_mean_says_so(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")
    (other,) = delivered(tmp_path / "other", "onnx", precision="fp32").glob("*.onnx")
    path = artifact(folder, ".onnx")
    path.write_bytes(other.read_bytes())
    found = answered(main, capsys, "--explain", path)
    assert found["manifest"]["matches"] is False
    assert found["parity"] is None, "that report is of another file"
    lonely = tmp_path / "lonely.onnx"
    lonely.write_bytes(path.read_bytes())
    assert answered(main, capsys, "--explain", lonely)["manifest"]["matches"] is None


def test_a_quantized_file_is_explained_like_its_artifacts(capsys: Capture) -> None:
    found = answered(main, capsys, "--explain", embedded_quantized())
    assert found["kind"] == "quantized"
    assert found["precision"].startswith("int8 throughout: all 45 convolutions")
    assert LAYER in found["layers"]


def test_people_read_it_in_a_dozen_lines(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "tflite")
    assert main(["--explain", str(artifact(folder, ".tflite"))]) == 0
    said = capsys.readouterr().out
    assert 8 <= len(said.splitlines()) <= 14
    for part in (
        "int8 throughout",
        "`image`, uint8, 1x64x96x3",
        "Sky, Building",
        "it is as manifest.json says",
    ):
        assert part in said


@pytest.mark.parametrize("suffix", [format.suffix for format in FORMATS.values()])
def test_a_layer_of_an_artifact_shows_its_numbers_and_what_pictures_use(
    suffix: str, tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES)
    found = answered(main, capsys, "--explain", LAYER, artifact(folder, suffix))
    assert found["size"] == "64x96"
    assert found["operator"]["kind"] == "conv"
    assert found["output"]["shape"] == [8, 12, 11]
    assert found["weight"]["dtype"] == "int8"
    assert found["weight"]["shape"] == [11, 128, 1, 1]
    assert found["agreement"]["layer"] == LAYER
    for picture in found["seen"]:
        low, high = found["output"]["range"]
        assert low <= picture["least"] < picture["greatest"] <= high
        assert 0 < picture["steps_used"] <= 1
    assert any(f"--exclude {LAYER}" in line for line in found["advice"])


def test_all_formats_and_the_integers_themselves_show_the_same_layer(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES)
    ours = answered(main, capsys, "--explain", LAYER, "--size", "64x96")
    assert ours["inputs"][0]["name"] == "classifier.dsconv2.pointwise.conv"
    assert ours["operator"]["kernel"] == [1, 1]
    for format in FORMATS.values():
        found = answered(main, capsys, "--explain", LAYER, artifact(folder, format.suffix))
        assert found["output"] == ours["output"]
        assert found["weight"] == ours["weight"]
        assert found["inputs"] == ours["inputs"]


def test_a_layer_of_a_float_checkpoint_has_a_range_and_no_advice_on_integers(capsys: Capture) -> None:
    checkpoint = embedded_quantized().with_name("camvid.safetensors")
    found = answered(main, capsys, "--explain", LAYER, checkpoint, "--size", "64x96")
    assert found["output"]["scale"] is None
    assert found["seen"][0]["least"] < 0 < found["seen"][0]["greatest"]
    assert found["advice"] == []


def test_a_misspelt_layer_is_refused_with_the_name_that_was_meant(capsys: Capture) -> None:
    assert "Did you mean classifier.conv" in refusal(main, capsys, "--explain", "classifer.conv")


def test_a_file_that_is_not_there_is_refused(capsys: Capture) -> None:
    assert "nowhere.tflite" in refusal(main, capsys, "--explain", "nowhere.tflite")


def test_looking_and_verifying_at_once_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert "not allowed with" in refusal(main, capsys, "--explain", "a.onnx", "--verify", tmp_path)


def test_what_relu_cut_off_does_not_count_as_saturating() -> None:
    import numpy as np

    values = np.array([[[-128]] * 6 + [[0]] * 3 + [[127]]], np.int8)
    assert layer.usage(values, Quant(0.5, -128))["saturating"] == pytest.approx(0.1)
    assert layer.usage(values, Quant(0.5, 0))["saturating"] == pytest.approx(0.7)
    assert layer.usage(values.view(np.uint8) ^ 0x80, Quant(0.5, 0)) == layer.usage(values, Quant(0.5, 0))


def test_a_report_of_nonsense_beside_a_file_does_not_disturb(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")
    report = json.loads((folder / "report.json").read_text())
    report["artifacts"][0]["parity"] = {
        "label_agreement": 1.0,
        "against": "PyTorch",
        "layers": [{"layer": 1}],
    }
    for text in ("", "[1]", '{"artifacts": [1, {"file": 3}]}', json.dumps(report)):
        (folder / "report.json").write_text(text)
        (folder / "manifest.json").write_text(text)
        found = answered(main, capsys, "--explain", artifact(folder, ".onnx"))
        assert found["parity"] is None
        assert json.dumps(found)


def test_weights_that_are_int8_alone_are_not_called_int8(tmp_path: Path, capsys: Capture) -> None:
    export = ["--int8", "--coreml-weights-only", "--format", "coreml", "--size", "64x96", "--out", tmp_path]
    answered(main, capsys, *export)
    found = answered(main, capsys, "--explain", artifact(tmp_path, ".mlpackage"))
    assert found["precision"].startswith("int8 weights only (45 of 45 convolutions")
    assert found["precision"].endswith("it computes in float")


def test_layers_that_were_left_in_float_are_named(tmp_path: Path, capsys: Capture) -> None:
    graph = mixed_fast_scnn((LAYER,), classes=5)
    path = tmp_path / "mixed.int8.safetensors"
    path.write_bytes(file.dump(graph, info_of(5)))
    found = answered(main, capsys, "--explain", path)
    assert found["precision"].startswith("int8 but for 1 layer in float (44 of 45 convolutions")
    assert found["integers"]["float_layers"] == [LAYER]
    assert main(["--explain", str(path)]) == 0
    assert f"in float       {LAYER}" in capsys.readouterr().out
