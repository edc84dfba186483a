"""fastscnn-export, as a user calls it: the embedded network, every form, and every wrong input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export import bundle, pictures
from export.cli import main
from export.formats import FORMATS
from export.forms import feed
from export.request import Request, artifact_name
from fastscnn.info import Preprocessing

SMALL = ["--size", "64x96"]
Capture = pytest.CaptureFixture[str]


def exported(out: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    code = main([*arguments, "--out", str(out), "--json", "--quiet"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    return json.loads(printed)  # type: ignore[no-any-return]


def test_the_embedded_network_in_every_format(tmp_path: Path, capsys: Capture) -> None:
    report = exported(tmp_path, capsys, "--format", "all", *SMALL)
    assert report["schema"] == 1
    assert [a["file"] for a in report["artifacts"]] == [
        f"fastscnn-camvid_64x96_fp32{format.suffix}" for format in FORMATS.values()
    ]
    manifest = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    for artifact in report["artifacts"]:
        path = tmp_path / artifact["file"]
        assert artifact["parity"]["verdict"] == "passed"
        assert artifact["parity"]["max_difference"] <= artifact["parity"]["limit"]
        assert artifact["sha256"] == bundle.digest(path) == manifest[artifact["file"]]["sha256"]
        assert artifact["input"]["name"] == "image"
        assert artifact["output"]["name"] == "logits"
    assert json.loads((tmp_path / "report.json").read_text()) == report
    documents = ["MODEL_CARD.md", "manifest.json", "report.html", "report.json", "sbom.cdx.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*manifest, *documents]), "and nothing else"


FORMS = {
    "rgba": ["--input", "rgba"],
    "tensor": ["--input", "tensor"],
    "labels": ["--output", "labels"],
    "s8": ["--stride", "8"],
    "rgba_labels_s8": ["--input", "rgba", "--output", "labels", "--stride", "8"],
}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("suffix", FORMS)
def test_every_form_passes_its_gate_and_says_so_in_its_name(
    suffix: str, precision: str, tmp_path: Path, capsys: Capture
) -> None:
    report = exported(tmp_path, capsys, *FORMS[suffix], *SMALL, f"--{precision}")
    assert [Path(a["file"]).stem for a in report["artifacts"]] == [
        f"fastscnn-camvid_64x96_{precision}_{suffix}"
    ] * len(FORMATS)
    eighth = "s8" in suffix
    for artifact in report["artifacts"]:
        assert artifact["parity"]["verdict"] == "passed"
        height, width = (8, 12) if eighth else (64, 96)
        assert {height, width} <= set(artifact["output"]["shape"])
        assert artifact["output"]["dtype"] == ("int32" if "labels" in suffix else "float32")


def test_a_delivered_file_computes_what_its_neighbours_compute(tmp_path: Path, capsys: Capture) -> None:
    exported(tmp_path, capsys, *SMALL)
    pixels = pictures.opened(pictures.embedded()[1], (64, 96))
    outputs = [
        format.room("run")
        .load(next(tmp_path.glob(f"*{format.suffix}")))
        .run(feed(pixels, "image", Preprocessing()))["logits"]
        for format in FORMATS.values()
    ]
    for output in outputs[1:]:
        np.testing.assert_allclose(output, outputs[0], rtol=0, atol=2e-5 * np.ptp(outputs[0]))


def test_one_s_own_pictures_are_compared_on(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "data").mkdir()
    for index in range(2):
        noise = np.random.default_rng(index).integers(0, 255, (40, 50, 3), np.uint8)
        Image.fromarray(noise).resize((200, 160)).save(tmp_path / "data" / f"own{index}.png")
    (tmp_path / "data" / "broken.png").write_bytes(b"no picture")
    report = exported(tmp_path / "out", capsys, "--format", "onnx", *SMALL, "--data", str(tmp_path / "data"))
    runtime = report["artifacts"][0]["parity"]["runtimes"][0]
    assert [picture["picture"] for picture in runtime["pictures"]] == ["own0.png", "own1.png"]


def test_artifacts_only_delivers_nothing_else(tmp_path: Path, capsys: Capture) -> None:
    exported(tmp_path, capsys, "--format", "onnx", *SMALL, "--artifacts-only", "--name", "street")
    assert [p.name for p in tmp_path.iterdir()] == ["street_64x96_fp32.onnx"]


def test_a_dry_run_says_what_would_be_and_leaves_nothing(tmp_path: Path, capsys: Capture) -> None:
    report = exported(tmp_path / "out", capsys, "--format", "onnx", *SMALL, "--dry-run")
    assert report["dry_run"]
    assert report["artifacts"][0]["file"] == "fastscnn-camvid_64x96_fp32.onnx"
    assert not list(tmp_path.iterdir())


def test_other_content_is_kept_without_force(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "fastscnn-camvid_64x96_fp32.onnx"
    target.write_bytes(b"mine")
    for extra in ([], ["--dry-run"]):
        assert main(["--format", "onnx", *SMALL, "--out", str(tmp_path), *extra]) == 2
        assert "--force" in capsys.readouterr().err
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(target.name, b"mine")]
    exported(tmp_path, capsys, "--format", "onnx", *SMALL, "--force")
    assert target.read_bytes() != b"mine"
    exported(tmp_path, capsys, "--format", "onnx", *SMALL)


def test_json_is_alone_on_stdout_and_messages_are_on_stderr(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "export.cli", "--format", "tflite", *SMALL, "--out", str(tmp_path)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["artifacts"]
    plain = subprocess.run([*command, "--force"], capture_output=True, text=True, check=True)
    assert plain.stdout == ""
    assert "fastscnn-camvid_64x96_fp32.tflite" in plain.stderr


@pytest.mark.parametrize(
    ("checkpoint", "stem"),
    [
        ("model.pth", "model"),
        ("fast_scnn_v1.2.pth", "fast_scnn_v1.2"),
        ("best.pth.tar", "best"),
        ("my model.safetensors", "my model"),
        ("epoch=9-miou:0.7.ckpt", "epoch-9-miou-0-7"),
        ("\n.pth", "fastscnn-camvid"),
    ],
)
def test_artifacts_are_called_after_the_checkpoint(checkpoint: str, stem: str) -> None:
    assert artifact_name(Request(("onnx",), Path("folder") / checkpoint)) == stem


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; from export.cli import parser; parser().format_help();"
        "print(sorted({'torch', 'numpy', 'onnx', 'PIL', 'tensorflow', 'coremltools'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_shows_examples_and_version_a_number(capsys: Capture) -> None:
    for flag, part in (("--help", "examples:"), ("--version", "fastscnn-mobile 0.")):
        with pytest.raises(SystemExit) as caught:
            main([flag])
        assert caught.value.code == 0
        assert part in capsys.readouterr().out


def test_layouts_are_listed(capsys: Capture) -> None:
    assert main(["--list-layouts", "--json"]) == 0
    names = {row["name"] for row in json.loads(capsys.readouterr().out)["layouts"]}
    assert {"tramac", "mmseg", "deepvoltaire", "paddleseg", "simplified", "fastscnn"} <= names
    assert main(["--list-layouts"]) == 0
    assert "tramac" in capsys.readouterr().out
