"""fastscnn-eval, as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export.eval_cli import main
from export.formats import FORMATS
from export.forms import Form
from tests.data import sets
from tests.export.commands import answered, refusal
from tests.export.models import SIZE, artifact, embedded

SMALL = ["--size", "64x96"]
Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.camvid(tmp_path_factory.mktemp("data") / "camvid", val=4)


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Opens faster than the embedded network itself."""
    return artifact(tmp_path_factory.mktemp("net"), "tflite", Form(SIZE))


def evaluated(capsys: Capture, *arguments: object) -> dict[str, Any]:
    return answered(main, capsys, *arguments)


def refused(capsys: Capture, *arguments: object) -> str:
    return refusal(main, capsys, *arguments)


def test_the_document(data: Path, capsys: Capture) -> None:
    document = evaluated(capsys, "--data", data, *SMALL)
    names = list(embedded().info.classes)
    assert list(document["per_class"]) == names
    known = [iou for iou in document["per_class"].values() if iou is not None]
    assert document["miou"] == pytest.approx(np.mean(known))
    assert 0 <= document["miou"] <= 1
    assert document["images"] == 4
    assert document["model"]["size"] == [64, 96]
    assert document["data"] == {"folder": str(data), "kind": "camvid", "split": "val", "notes": []}


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_artifact_has_the_checkpoints_score(
    format_name: str, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    expected = evaluated(capsys, "--data", data, *SMALL)
    for stride in (1, 8):
        path = artifact(tmp_path, format_name, Form(SIZE, stride=8 if stride == 8 else 1))
        found = evaluated(capsys, path, "--data", data)
        assert found["miou"] == pytest.approx(expected["miou"], abs=2e-3), "3072 pixels, ties apart"
        assert found["images"] == expected["images"]
        assert found["model"]["file"] == str(path)


def test_a_limit_and_another_split(data: Path, tflite: Path, capsys: Capture) -> None:
    assert evaluated(capsys, tflite, "--data", data, "--limit", 2)["images"] == 2
    assert evaluated(capsys, tflite, "--data", data, "--split", "train")["images"] == 3


def test_people_read_a_table(data: Path, capsys: Capture) -> None:
    assert main(["--data", str(data), *SMALL]) == 0
    printed = capsys.readouterr()
    assert "mIoU" in printed.out
    assert "Bicyclist" in printed.out
    assert "over 4 pictures" in printed.out
    assert embedded().info.trained or "untrained" in printed.err


def test_out_holds_the_figures_the_matrix_and_the_worst(
    data: Path, tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "seen"
    document = evaluated(capsys, tflite, "--data", data, "--out", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "confusion.png",
        "evaluation.json",
        *(f"worst_{rank}.png" for rank in (1, 2, 3, 4)),
    ]
    kept = json.loads((out / "evaluation.json").read_text())
    counts = np.array(kept.pop("confusion")["counts"])
    assert kept == document
    assert counts.sum() == document["pixels"]
    with Image.open(out / "worst_1.png") as worst:
        assert worst.width == 2 * sets.SIZE[1] + 8
    assert [row["miou"] for row in document["worst"]] == sorted(row["miou"] for row in document["worst"])
    evaluated(capsys, tflite, "--data", data, "--out", out)
    assert "--force" in refused(capsys, tflite, "--data", data, "--out", out, "--limit", 2)
    assert json.loads((out / "evaluation.json").read_text())["images"] == 4
    evaluated(capsys, tflite, "--data", data, "--out", out, "--limit", 2, "--force")
    assert json.loads((out / "evaluation.json").read_text())["images"] == 2


def test_other_classes_need_a_word(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = sets.folder(tmp_path / "mine", 3)
    answer = refused(capsys, tflite, "--data", folder)
    assert answer.startswith("classes: ")
    assert "11 classes (Sky, Building" in answer
    assert "2 (sky, road)" in answer
    assert "--map" in answer
    document = evaluated(capsys, tflite, "--data", folder, "--map", "Pavement=road")
    assert list(document["per_class"]) == ["sky", "road"]
    assert "always wrong" in document["data"]["notes"][0]
    assert "no class 'heaven'" in refused(capsys, tflite, "--data", folder, "--map", "Sky=heaven")


def test_what_is_wrong_with_the_data_is_named(
    data: Path, tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert "nowhere" in refused(capsys, "--data", tmp_path / "nowhere")
    assert "'test'" in refused(capsys, "--data", data, "--split", "test")
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(capsys, "--data", tmp_path / "empty")
    cut = sets.camvid(tmp_path / "cut")
    picture = cut / "val" / "01.png"
    picture.write_bytes(picture.read_bytes()[:200])
    assert "01.png" in refused(capsys, tflite, "--data", cut)
    wrong = sets.camvid(tmp_path / "wrong")
    sets.mask(wrong / "valannot" / "00.png", np.full(sets.SIZE, 99))
    assert "value 99" in refused(capsys, tflite, "--data", wrong)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--data"),
        (["--limit", "0"], "--limit 0 leaves no picture"),
        (["--limit", "x"], "--limit"),
        (["--size", "abc"], "not a height and a width"),
        (["--size", "7x9"], "nearest size"),
        (["--map", "Sky"], "--map 'Sky' is not KEY=VALUE"),
        (["--kind", "imagenet"], "imagenet"),
        (["missing.pth"], "missing.pth"),
        (["missing.tflite"], "missing.tflite"),
        (["net.int8.safetensors"], "net.int8.safetensors"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_what_is_wrong_with_the_words_is_said(
    arguments: list[str], complaint: str, data: Path, capsys: Capture
) -> None:
    given = ["--data", data] if arguments else []
    assert complaint in refused(capsys, *given, *arguments)


def test_an_artifact_of_another_size_or_with_a_layout(data: Path, tmp_path: Path, capsys: Capture) -> None:
    path = artifact(tmp_path, "onnx", Form(SIZE))
    assert "64x96, not 32x32" in refused(capsys, path, "--data", data, "--size", "32x32")
    assert "--layout" in refused(capsys, path, "--data", data, "--layout", "tramac")


@pytest.mark.parametrize("module", ["export.eval_cli", "export.predict_cli"])
def test_help_answers_at_once_and_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module} as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'numpy', 'torch', 'PIL', 'onnx', 'av'} & set(sys.modules)"
    )
    begun = time.perf_counter()
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "examples:" in answer.stdout
    assert time.perf_counter() - begun < 3, "0.2 s where nothing else runs"
