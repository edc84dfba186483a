"""What fastscnn-quantize refuses: the message says what is wrong, and nothing is written."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image

from fastscnn.graph import file
from fastscnn.graph.graph import Conv
from quantize.cli import main
from tests.export.commands import Capture, refusal
from tests.quantize import scenes

SMALL = ("--size", "96x160")
SHIPPED = Path(str(resources.files("fastscnn.weights"))) / "camvid.int8.safetensors"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.photographs(tmp_path_factory.mktemp("data") / "plain", 8)


def refused(capsys: Capture, *arguments: object) -> str:
    return refusal(main, capsys, *arguments)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--out", "OUT/a.safetensors"], "does not end in .int8.safetensors"),
        (["--out", "OUT/.int8.safetensors"], "does not end in .int8.safetensors"),
        (["--out", "OUT/nowhere/a.int8.safetensors"], "does not exist"),
        (["--out", ""], "the path is empty"),
        (["--epochs", "3"], "--epochs means nothing without --qat"),
        (["--seed", "3"], "--seed means nothing without --qat"),
        (["--resume"], "--resume means nothing without --qat"),
        (["--qat", "--epochs", "0"], "--epochs"),
        (["--qat", "--learning-rate", "-1"], "--learning-rate"),
        (["--min-agreement", "1.5"], "--min-agreement"),
        (["--limit", "0"], "--limit"),
        (["--pictures", "7"], "--pictures 7 are too few"),
        (["--size", "abc"], "not a height and a width"),
        (["--size", "7x9"], "7x9"),
        (["--input", "rgba"], "--input"),
        (["missing.pth"], "missing.pth"),
        (["--layout", "nonsense"], "nonsense"),
        (["--variant", "order"], "not KEY=VALUE"),
        (["--exclude", "classifier.con"], "Did you mean classifier.conv?"),
        (["--exclude", "image"], "no layer called image"),
        (["--recipe", "OUT/missing.json"], "missing.json"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_what_is_wrong_with_the_words_is_said(
    arguments: list[str], complaint: str, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    given = [word.replace("OUT", str(tmp_path)) for word in arguments]
    base = ["--data", str(photographs)]
    if "--size" not in given:
        base += SMALL
    if "--out" not in given:
        base += ["--out", str(tmp_path / "a.int8.safetensors")]
    assert complaint in refused(capsys, *base, *given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"floats": ["classifier.con"]}', "Did you mean classifier.conv?"),
        ('{"floats": "classifier.conv"}', "floats"),
        ('{"layers": []}', "layers"),
        ("[]", "JSON object"),
        ("floats: classifier", "cannot be read as a recipe"),
    ],
)
def test_a_recipe_that_is_none_is_refused(
    content: str, complaint: str, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    recipe = tmp_path / "mine.json"
    recipe.write_text(content)
    out = tmp_path / "a.int8.safetensors"
    answer = refused(capsys, "--data", photographs, "--out", out, *SMALL, "--recipe", recipe)
    assert complaint in answer
    assert not out.exists()


def test_a_recipe_that_leaves_nothing_in_int8_is_refused(
    photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    recipe = tmp_path / "mine.json"
    convolutions = [node.name for node, _ in file.load(SHIPPED).graph.of(Conv)]
    recipe.write_text(json.dumps({"floats": convolutions}))
    out = tmp_path / "a.int8.safetensors"
    answer = refused(capsys, "--data", photographs, "--out", out, *SMALL, "--recipe", recipe)
    assert "Every convolution is to stay in float" in answer


def test_what_is_wrong_with_the_data_is_said(tmp_path: Path, capsys: Capture) -> None:
    out = ["--out", tmp_path / "a.int8.safetensors", *SMALL]
    assert "nowhere is no folder" in refused(capsys, "--data", tmp_path / "nowhere", *out)
    few = scenes.photographs(tmp_path / "few", 9)
    Image.new("RGB", (160, 96), "grey").save(few / "00.png")
    (few / "01.png").write_bytes((few / "01.png").read_bytes()[:500])
    assert main(["--data", str(few), *map(str, out)]) == 2
    printed = capsys.readouterr().err
    assert "holds 7 pictures that can be calibrated on; at least 8 are needed" in printed
    assert "00.png shows one colour only" in printed
    assert "01.png cannot be read" in printed


def test_a_quantized_file_is_not_quantized_again(photographs: Path, tmp_path: Path, capsys: Capture) -> None:
    disguised = tmp_path / "disguised.safetensors"
    disguised.write_bytes(SHIPPED.read_bytes())
    for given in (SHIPPED, disguised):
        answer = refused(
            capsys, given, "--data", photographs, "--out", tmp_path / "b.int8.safetensors", *SMALL
        )
        assert f"{given} is quantized already" in answer
