"""Wrong inputs: exit 2, one readable message, nothing written, nothing run."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export.cli import main

SMALL = ["--size", "64x96"]


class Bomb:
    """A pickle that would run code."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.canary}",))


@pytest.fixture
def wrong(tmp_path: Path) -> Iterator[Path]:
    """A folder of wrong inputs."""
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "empty.pth").write_bytes(b"")
    (folder / "random.pth").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "bomb.pth").write_bytes(pickle.dumps(Bomb(tmp_path / "canary")))
    (folder / "folder.pth").mkdir()
    (folder / "file").write_text("")
    (folder / "two.txt").write_text("road\nsky\n")
    Image.new("RGB", (8, 8)).save(folder / "picture.png")
    Image.new("RGB", (8, 8)).save(folder / "picture.pth", "PNG")
    (folder / "no-pictures").mkdir()
    yield folder
    assert not (tmp_path / "canary").exists(), "code from a checkpoint was run"


WRONG = {
    "file missing": (["{}/nowhere.pth"], "nowhere.pth"),
    "empty": (["{}/empty.pth"], "empty.pth"),
    "a directory": (["{}/folder.pth"], "folder.pth"),
    "a picture": (["{}/picture.pth"], "picture.pth"),
    "random bytes": (["{}/random.pth"], "random.pth"),
    "a pickle that would run code": (["{}/bomb.pth"], "bomb.pth"),
    "size 0": (["--size", "0x64"], "size"),
    "size 7x9": (["--size", "7x9"], "32x32"),
    "size too large": (["--size", "99999x99999"], "99999x99999"),
    "no size": (["--size", "abc"], "HxW"),
    "unknown layout": (["--layout", "tramak"], "tramac"),
    "unknown switch": (["--variant", "pading=1"], "pading"),
    "no switch": (["--variant", "order"], "KEY=VALUE"),
    "class file of the wrong length": (["--classes", "{}/two.txt"], "11"),
    "class file missing": (["--classes", "{}/nowhere.txt"], "nowhere.txt"),
    "no folder of pictures": (["--data", "{}/nowhere"], "nowhere"),
    "a folder without pictures": (["--data", "{}/no-pictures"], "no-pictures"),
    "an output that is a file": (["--out", "{}/file"], "file"),
    "an output that cannot be made": (["--out", "/proc/nowhere"], "/proc/nowhere"),
    "an empty output": (["--out", ""], "--out: the path is empty"),
    "an empty checkpoint": ([""], "the path is empty"),
    "a name with a path": (["--name", "../evil"], "evil"),
    "int8 on a folder without pictures": (["--int8", "--data", "{}/no-pictures"], "no-pictures"),
    "a quantized file that is not there": (["{}/x.int8.safetensors"], "x.int8.safetensors"),
    "a loss that is none": (["--int8", "--max-miou-loss", "-1"], "--max-miou-loss"),
    "a share that is none": (["--int8", "--min-agreement", "90"], "--min-agreement"),
    "signed activations of floats": (["--onnx-activations", "int8"], "--int8"),
    "two precisions": (["--fp16", "--fp32"], "not allowed"),
    "an unknown format": (["--format", "openvino"], "openvino"),
    "an unknown option": (["--frobnicate"], "frobnicate"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_input_is_one_clear_message_and_nothing_written(
    case: str, wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, part = WRONG[case]
    given = [argument.format(wrong) for argument in arguments]
    if "--out" not in given:
        given += ["--out", str(tmp_path / "out")]
    if "--size" not in given:
        given += SMALL
    assert main(given) == 2
    message = capsys.readouterr().err
    assert part in message
    assert "Traceback" not in message
    assert len([line for line in message.splitlines() if line.startswith("error:")]) == 1
    assert not (tmp_path / "out").exists()
    assert main([*given, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"kind", "message", "remedy"}
    assert error["message"]


def test_a_missing_package_is_named_with_the_extra(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = (
        "import sys; sys.modules['coremltools'] = None\n"
        "from export.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--format", "coreml", *SMALL, "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "fastscnn-mobile[coreml]" in done.stderr
    assert not (tmp_path / "out").exists()
