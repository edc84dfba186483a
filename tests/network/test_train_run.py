"""The command: what it leaves, what it refuses, and that a kill costs nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fastscnn.data.datasets import open_dataset
from fastscnn.network import checkpoint
from fastscnn.network.network import FastSCNN
from fastscnn.network.train_cli import main
from tests.data import sets

OPTIONS = ("--size", "64x96", "--batch", "4", "--epochs", "3", "--threads", "1", "--quiet")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.lesson(tmp_path_factory.mktemp("lesson"))


def saved(path: Path, classes: int) -> Path:
    torch.manual_seed(0)
    dataset_info = {2: ("a", "b"), 3: ("sky", "road", "car")}[classes]
    from fastscnn.info import ModelInfo

    colors = tuple((number, 0, 0) for number in range(classes))
    checkpoint.save(FastSCNN(classes), ModelInfo("fastscnn", dataset_info, colors, align_corners=False), path)
    return path


def test_a_run_leaves_a_checkpoint_that_says_what_it_is(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.safetensors"
    note = "pictures=drawn by a test"
    assert main([str(data), "--out", str(out), *OPTIONS, "--json", "--note", note]) == 0
    document = json.loads(capsys.readouterr().out)
    loaded = checkpoint.load(out)
    assert loaded.info.classes == ("sky", "road", "car")
    assert loaded.info.size == (64, 96)
    assert loaded.info.trained
    assert loaded.info.notes["pictures"] == "drawn by a test"
    assert loaded.info.notes["validation"]["miou"] == document["miou"]
    assert loaded.info.notes["recipe"]["epochs"] == document["epochs"] == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "net.curves.json", "net.curves.png", "net.safetensors", "net.training",
    ]  # fmt: skip
    curves = json.loads((tmp_path / "net.curves.json").read_text())
    assert [row["epoch"] for row in curves["epochs"]] == [1, 2, 3]


def test_the_file_scores_what_its_description_says(data: Path, tmp_path: Path) -> None:
    from fastscnn.network.validation import score

    out = tmp_path / "net.safetensors"
    assert main([str(data), "--out", str(out), *OPTIONS]) == 0
    loaded = checkpoint.load(out)
    dataset = open_dataset(data)
    pictures = dataset.stream(dataset.samples("val"))
    found = score(loaded.network, pictures, 3, (64, 96), loaded.info.preprocessing, loaded.info.align_corners)
    assert found.miou() == pytest.approx(loaded.info.notes["validation"]["miou"], abs=1e-3)


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_weights(data: Path, tmp_path: Path) -> None:
    options = [*OPTIONS, "--epochs", "6"]
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    assert main([str(data), "--out", str(whole), *options]) == 0
    command = [sys.executable, "-m", "fastscnn.network.train_cli", str(data), "--out", str(killed)]
    running = subprocess.Popen([*command, *options[:-3], *options[-2:]], stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    lines = iter(running.stderr.readline, "")
    next(line for line in lines if line.startswith("epoch 2/6"))
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stderr.close()
    assert main([str(data), "--out", str(killed), *options, "--resume"]) == 0
    states = [torch.load(p.with_suffix(".training"), weights_only=True)["objective"] for p in (whole, killed)]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    networks = [checkpoint.load(path).network.state_dict() for path in (whole, killed)]
    assert all(torch.equal(value, networks[1][name]) for name, value in networks[0].items())


def refused(capsys: pytest.CaptureFixture[str], words: list[str], *parts: str) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    for part in parts:
        assert part in told


def test_classes_that_differ_are_named_with_how_to_say_it_is_meant(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, out = saved(tmp_path / "old.safetensors", 2), tmp_path / "net.safetensors"
    words = [str(data), "--out", str(out), *OPTIONS, "--init", str(old)]
    refused(capsys, words, "2 classes", "3", "--new-head")
    assert not out.exists()
    assert main([*words, "--new-head"]) == 0
    assert len(checkpoint.load(out).info.classes) == 3


def test_a_run_starts_from_the_given_weights(data: Path, tmp_path: Path) -> None:
    old, out = saved(tmp_path / "old.safetensors", 3), tmp_path / "net.safetensors"
    words = [str(data), "--out", str(out), *OPTIONS, "--epochs", "1", "--learning-rate", "1e-9"]
    assert main([*words, "--init", str(old)]) == 0
    name = "classifier.dsconv1.pointwise.conv.weight"
    started = checkpoint.load(old).network.state_dict()[name]
    assert torch.allclose(checkpoint.load(out).network.state_dict()[name], started, atol=1e-6)


def test_a_teacher_of_other_classes_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher = saved(tmp_path / "teacher.safetensors", 2)
    words = [str(data), "--out", str(tmp_path / "net.safetensors"), *OPTIONS, "--teacher", str(teacher)]
    refused(capsys, words, "teacher", "2 classes")


def test_an_existing_file_is_kept_unless_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.safetensors"
    out.write_bytes(b"mine")
    refused(capsys, [str(data), "--out", str(out), *OPTIONS], "exists", "--resume", "--force")
    assert out.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--size", "7x9"], "32x32"),
        (["--size", "abc"], "abc"),
        (["--epochs", "0"], "--epochs"),
        (["--batch", "1"], "--batch"),
        (["--resume"], "nothing to resume"),
        (["--new-head"], "--init"),
        (["--kind", "coco"], "coco"),
        (["--note", "x"], "KEY=VALUE"),
        (["--init", "absent.pth"], "absent.pth"),
        (["--full-from", "2"], "--full-from"),
    ],
)
def test_bad_options_are_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    refused(capsys, [str(data), "--out", str(tmp_path / "net.safetensors"), *words], part)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    refused(capsys, [str(tmp_path / "empty"), "--out", str(tmp_path / "n.safetensors")], "CamVid")
    refused(capsys, [str(tmp_path / "empty"), "--out", str(tmp_path / "n.pth")], ".safetensors")


def test_a_wrong_mask_is_named_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = sets.lesson(tmp_path / "data")
    wrong = data / "masks" / "train" / "03.png"
    sets.mask(wrong, sets.striped(9, (64, 96)))
    refused(capsys, [str(data), "--out", str(tmp_path / "n.safetensors"), *OPTIONS], str(wrong))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from fastscnn.network.train_cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'matplotlib', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0
