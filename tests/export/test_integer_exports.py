"""Int8 exports from a quantized file, in every form: what is delivered, and what the report says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export.cli import main
from export.formats import FORMATS
from fastscnn.graph import file
from tests.export.commands import Capture, answered, refusal
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn

SIZE = "64x96"
CLASSES = 5
INFO = info_of(CLASSES)
FORMS: dict[tuple[object, ...], str] = {
    (): "int8",
    ("--input", "rgba"): "int8_rgba",
    ("--output", "labels"): "int8_labels",
    ("--stride", 8): "int8_s8",
    ("--float-output",): "int8_f32out",
    ("--preset", "phone"): "int8_rgba_s8",
}


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quantized") / "street.int8.safetensors"
    path.write_bytes(file.dump(quantized_fast_scnn((64, 96), classes=CLASSES), INFO, {"method": "test"}))
    return path


@pytest.mark.parametrize("given", FORMS, ids=lambda given: " ".join(map(str, given)) or "defaults")
def test_every_form_in_every_format(
    given: tuple[object, ...], quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    report = answered(main, capsys, quantized, "--size", SIZE, "--out", tmp_path, *given)
    stem = f"street_{SIZE}_{FORMS[given]}"
    assert [artifact["file"] for artifact in report["artifacts"]] == [
        stem + format.suffix for format in FORMATS.values()
    ]
    for artifact in report["artifacts"]:
        assert artifact["precision"] == "int8"
        assert artifact["parity"]["verdict"] == "passed"
        assert artifact["parity"]["max_difference"] <= 1
        assert (tmp_path / artifact["file"]).exists()


def test_clients_meet_bytes_and_integers(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    report = answered(main, capsys, quantized, "--size", SIZE, "--out", tmp_path)
    by_format = {artifact["format"]: artifact for artifact in report["artifacts"]}
    for name in ("onnx", "tflite"):
        taken = by_format[name]["input"]
        assert (taken["name"], taken["dtype"], taken["layout"]) == ("image", "uint8", "NHWC")
        assert (taken["scale"], taken["zero_point"]) == (1.0, 0)
        assert by_format[name]["output"]["scale"] > 0
    assert by_format["tflite"]["output"]["dtype"] == "int8"
    assert by_format["onnx"]["output"]["dtype"] == "uint8"
    assert by_format["coreml"]["output"]["dtype"] == "float32"


def test_onnx_activations_may_be_signed(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    options = ("--format", "onnx", "--onnx-activations", "int8")
    report = answered(main, capsys, quantized, "--size", SIZE, "--out", tmp_path, *options)
    (artifact,) = report["artifacts"]
    assert artifact["file"] == f"street_{SIZE}_int8_i8.onnx"
    assert artifact["output"]["dtype"] == "int8"


def test_core_ml_may_store_weights_alone(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    options = ("--format", "coreml", "--coreml-weights-only")
    report = answered(main, capsys, quantized, "--size", SIZE, "--out", tmp_path, *options)
    (artifact,) = report["artifacts"]
    assert artifact["file"] == f"street_{SIZE}_int8_w8.mlpackage"
    assert {layer["unit"] for layer in artifact["parity"]["layers"]} == {"range"}
    assert "quantize" not in artifact["operators"]


def test_plain_files_hold_each_layer_as_the_other_formats_do(
    quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    report = answered(main, capsys, quantized, "--size", SIZE, "--plain", "--out", tmp_path)
    held = {
        artifact["format"]: FORMATS[artifact["format"]].room("read").read(tmp_path / artifact["file"]).weights
        for artifact in report["artifacts"]
    }
    assert (tmp_path / f"street_{SIZE}_int8_plain.tflite").exists()
    for name, weight in held["onnx"].items():
        np.testing.assert_array_equal(held["tflite"][name], weight)
        np.testing.assert_array_equal(held["coreml"][name], weight)


def test_the_record_of_the_file_is_in_the_report(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    report = answered(main, capsys, quantized, "--size", SIZE, "--format", "onnx", "--out", tmp_path)
    assert report["model"]["quantization"] == {"method": "test"}
    assert report["model"]["checkpoint"] == quantized.name


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_file_is_the_same_bytes(
    format: str, quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    digests = [
        answered(main, capsys, quantized, "--size", SIZE, "--format", format, "--out", tmp_path / folder)[
            "artifacts"
        ][0]["sha256"]
        for folder in ("one", "two")
    ]
    assert digests[0] == digests[1]


def test_exporting_a_quantized_file_needs_no_torch(quantized: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from export.cli import main; code = main(sys.argv[1:]);"
        " print([name for name in ('torch', 'tensorflow') if name in sys.modules], code)"
    )
    arguments = [str(quantized), "--size", SIZE, "--out", str(tmp_path), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] 0"


@pytest.mark.parametrize("precision", ["--fp32", "--fp16"])
def test_integers_are_not_delivered_as_floats(
    precision: str, quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    said = refusal(main, capsys, quantized, precision, "--out", tmp_path / "out")
    assert "is quantized" in said
    assert not (tmp_path / "out").exists()


def test_a_network_quantized_on_pixels_is_no_tensor(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    said = refusal(main, capsys, quantized, "--input", "tensor", "--out", tmp_path / "out")
    assert "--input tensor" in said
    assert not (tmp_path / "out").exists()


def test_a_quantized_file_says_its_layout_itself(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    assert "itself" in refusal(main, capsys, quantized, "--layout", "tramac", "--out", tmp_path / "out")


def test_a_checkpoint_of_ones_own_needs_pictures(tmp_path: Path, capsys: Capture) -> None:
    from importlib import resources

    checkpoint = Path(str(resources.files("fastscnn.weights"))) / "camvid.safetensors"
    said = refusal(main, capsys, checkpoint, "--int8", "--out", tmp_path / "out")
    assert "--data" in said


def test_a_renamed_quantized_file_is_known_by_what_it_holds(
    quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    renamed = tmp_path / "street.safetensors"
    renamed.write_bytes(quantized.read_bytes())
    report = answered(main, capsys, renamed, "--size", SIZE, "--format", "onnx", "--out", tmp_path / "out")
    assert report["artifacts"][0]["file"] == f"street_{SIZE}_int8.onnx"


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_cut_file_is_refused(kept: int, quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    cut = tmp_path / "cut.int8.safetensors"
    cut.write_bytes(quantized.read_bytes()[:kept])
    assert "cut.int8.safetensors" in refusal(main, capsys, cut, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_report_is_strict_json(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    answered(main, capsys, quantized, "--size", SIZE, "--format", "tflite", "--out", tmp_path)

    def refuse(number: str) -> float:
        raise AssertionError(f"{number} is no JSON")

    report = json.loads((tmp_path / "report.json").read_text(), parse_constant=refuse)
    assert np.isfinite(report["artifacts"][0]["parity"]["differing_share"])
