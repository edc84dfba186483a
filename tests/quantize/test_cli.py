"""fastscnn-quantize, as a user calls it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from export import eval_cli
from fastscnn.graph import file
from fastscnn.graph.graph import Conv
from quantize.cli import main
from tests.data import sets
from tests.export.commands import Capture, answered, refusal
from tests.quantize import scenes

SMALL = ("--size", "96x160")
LOOSE = ("--max-miou-loss", "9.9")
PLAIN = {"ranges": "minmax", "equalize": False, "correct_bias": False}
"""What takes a second: how well integers are decided is shown elsewhere."""
SECOND = "learning_to_downsample.dsconv1.depthwise.conv"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.labelled(tmp_path_factory.mktemp("data") / "streets")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.photographs(tmp_path_factory.mktemp("data") / "plain", 8)


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A file of the data set, by the defaults, and its document."""
    out = tmp_path_factory.mktemp("made") / "city.int8.safetensors"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["--data", str(data), "--out", str(out), *SMALL, "--json", "--quiet"]) == 0
    return out, json.loads(printed.getvalue())


def plain(out: Path, **more: object) -> list[object]:
    """The option that names a quick recipe."""
    path = out.parent.parent / f"{out.parent.name}.recipe.json"
    path.write_text(json.dumps({**PLAIN, **more}))
    return ["--recipe", path]


def quantized(capsys: Capture, data: Path, out: Path, *arguments: object) -> dict[str, Any]:
    given = arguments if "--recipe" in arguments else (*arguments, *plain(out))
    return answered(main, capsys, "--data", data, "--out", out, *SMALL, *given)


def refused(capsys: Capture, *arguments: object) -> str:
    return refusal(main, capsys, *arguments)


def test_the_file_and_its_document(made: tuple[Path, dict[str, Any]]) -> None:
    out, document = made
    assert document["out"] == str(out)
    assert document["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert document["bytes"] == out.stat().st_size
    content = file.load(out)
    assert content.record == document["record"]
    assert content.info == replace(scenes.embedded().info, size=(96, 160))
    assert content.graph.quantized
    assert not any(content.graph.computes_in_float(node) for node in content.graph)
    assert document["record"]["method"] == "ptq"
    assert document["record"]["size"] == [96, 160]
    figures = document["record"]["figures"]
    assert figures["split"] == "val"
    assert figures["pictures"] == 3
    assert figures["float"]["miou"] == 1.0, "the masks are what float is sure of"
    assert 0.8 < figures["label_agreement"] < 1
    assert [path.name for path in out.parent.iterdir()] == [out.name], "nothing else is left"


def test_the_recorded_score_is_what_fastscnn_eval_gives(
    made: tuple[Path, dict[str, Any]], data: Path, capsys: Capture
) -> None:
    figures = made[1]["record"]["figures"]
    again = answered(eval_cli.main, capsys, made[0], "--data", data)
    assert figures["int8"] == {"miou": again["miou"], "per_class": again["per_class"]}
    once = answered(eval_cli.main, capsys, "--data", data, *SMALL)
    assert figures["float"]["per_class"] == pytest.approx(once["per_class"], abs=1e-3)


def test_the_same_again_is_the_same_bytes_and_others_are_not_overwritten(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "city.int8.safetensors"
    first = quantized(capsys, data, out, *LOOSE)
    assert quantized(capsys, data, out, *LOOSE, "--threads", 1)["sha256"] == first["sha256"]
    answer = refused(capsys, "--data", data, "--out", out, *SMALL, *plain(out), "--reduce-range", *LOOSE)
    assert "other content" in answer
    assert "--force" in answer
    assert hashlib.sha256(out.read_bytes()).hexdigest() == first["sha256"]
    assert quantized(capsys, data, out, "--reduce-range", *LOOSE, "--force")["sha256"] != first["sha256"]
    highest = max(int(abs(conv.weight).max()) for _, conv in file.load(out).graph.of(Conv))
    assert highest == 63


def test_photographs_alone_are_judged_by_equal_labels(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    figures = quantized(capsys, photographs, tmp_path / "a.int8.safetensors")["record"]["figures"]
    assert set(figures) == {"split", "pictures", "label_agreement"}
    assert figures["pictures"] == 8


def test_of_many_photographs_some_are_kept_for_judging(tmp_path: Path, capsys: Capture) -> None:
    many = scenes.photographs(tmp_path / "many", 40)
    record = quantized(capsys, many, tmp_path / "a.int8.safetensors")["record"]
    assert record["calibration"]["pictures"] == 32
    assert record["figures"]["pictures"] == 8


def test_a_tensor_network_takes_what_pytorch_takes(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.int8.safetensors"
    assert quantized(capsys, photographs, out, "--input", "tensor")["record"]["input"] == "tensor"
    graph = file.load(out).graph
    assert graph.input.name == "input"
    assert graph.input.quant is not None
    assert graph.input.quant.scale < 0.1, "normalised values, not pixels"


def test_excluded_layers_stay_in_float_and_the_record_says_so(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.int8.safetensors"
    document = quantized(capsys, photographs, out, "--exclude", SECOND, "--exclude", "classifier.conv")
    assert document["record"]["recipe"]["floats"] == [SECOND, "classifier.conv"]
    graph = file.load(out).graph
    in_float = [node.name for node in graph if graph.computes_in_float(node)]
    assert in_float == [SECOND, "classifier.conv"]
    assert {node.name for node, conv in graph.of(Conv) if conv.scales is None} == set(in_float)


def test_a_recipe_is_followed_and_options_add_to_it(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.int8.safetensors"
    recipe = plain(out, floats=["classifier.conv"])
    document = quantized(capsys, photographs, out, *recipe, "--exclude", SECOND)
    assert document["record"]["recipe"]["floats"] == ["classifier.conv", SECOND]
    assert document["record"]["recipe"]["equalize"] is False


def test_sensitivity_leaves_a_picture_and_a_recipe_that_can_be_used(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.int8.safetensors"
    found = quantized(capsys, photographs, out, "--sensitivity")["sensitivity"]
    assert found["picture"] == "a.sensitivity.png"
    with Image.open(tmp_path / "a.sensitivity.png") as picture:
        assert picture.width > 500
    recipe = tmp_path / found["recipe"]
    assert json.loads(recipe.read_text())["floats"] == found["recommended"]
    better = tmp_path / "b.int8.safetensors"
    quantized(capsys, photographs, better, "--recipe", recipe)
    graph = file.load(better).graph
    assert {node.name for node in graph if graph.computes_in_float(node)} == set(found["recommended"])


def test_beyond_the_limits_nothing_is_written(photographs: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.int8.safetensors"
    words = ["--data", photographs, "--out", out, *SMALL, *plain(out), "--min-agreement", "1"]
    words += ["--json", "--quiet"]
    assert main([str(word) for word in words]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "gate"
    assert "labels agree on 0." in error["message"]
    assert "--sensitivity" in error["remedy"]
    assert list(tmp_path.iterdir()) == []


def test_people_read_a_table(data: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.int8.safetensors"
    words = ["--data", data, "--out", out, *SMALL, *LOOSE, *plain(out)]
    assert main([str(word) for word in words]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "mIoU" in printed.err
    assert "of the labels are the float network's, over 3 pictures of val" in printed.err
    assert "written: " in printed.err


def test_masks_of_other_classes_are_left_alone(tmp_path: Path, capsys: Capture) -> None:
    other = sets.folder(tmp_path / "other", 10)
    for number in range(10):
        Image.fromarray(scenes.scene(number)).save(other / "images" / f"{number:02}.jpg")
    figures = quantized(capsys, other, tmp_path / "a.int8.safetensors")["record"]["figures"]
    assert set(figures) == {"split", "pictures", "label_agreement"}
    assert figures["split"] == "val"


def test_a_training_does_not_begin_where_its_file_stands(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.int8.safetensors"
    out.write_bytes(b"mine")
    answer = refused(capsys, "--data", photographs, "--out", out, *SMALL, "--qat")
    assert "--resume to continue, --force to replace" in answer
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
def test_training_keeps_a_state_and_continues_from_it(data: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.int8.safetensors"
    words = ("--qat", "--epochs", 2, "--threads", 1)
    document = quantized(capsys, data, out, *words)
    assert document["record"]["method"] == "qat"
    assert [row["epoch"] for row in document["record"]["qat"]["history"]] == [0, 1, 2]
    assert (tmp_path / "a.training").is_file()
    assert quantized(capsys, data, out, *words, "--resume")["sha256"] == document["sha256"]
    answer = refused(capsys, "--data", data, "--out", out, *SMALL, "--qat", "--epochs", 3, "--resume")
    assert "a.training" in answer


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, quantize.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'numpy', 'torch', 'PIL', 'safetensors', 'matplotlib'} & set(sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "examples:" in answer.stdout
