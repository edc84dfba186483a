"""fastscnn-export, as a user calls it: the embedded network, every form, and every wrong input."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export import bundle, pictures
from export.cli import main
from export.formats import FORMATS
from export.forms import feed
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
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [*manifest, "manifest.json", "report.json"]
    ), "and nothing else"


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
    "a name with a path": (["--name", "../evil"], "evil"),
    "int8": (["--int8"], "not built yet"),
    "a quantized file": (["{}/x.int8.safetensors"], "not built yet"),
    "two precisions": (["--fp16", "--fp32"], "not allowed"),
    "an unknown format": (["--format", "openvino"], "openvino"),
    "an unknown option": (["--frobnicate"], "frobnicate"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_input_is_one_clear_message_and_nothing_written(
    case: str, wrong: Path, tmp_path: Path, capsys: Capture
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


def test_a_missing_package_is_named_with_the_extra(tmp_path: Path, capsys: Capture) -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.5, 2.5, 4.0, 6.0])
def test_ctrl_c_leaves_nothing_half_written(after: float, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "export.cli", "--size", "512x1024", "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(after)
    child.send_signal(signal.SIGINT)
    _, message = child.communicate()
    assert "Traceback" not in message
    if child.returncode == 130:
        assert not (tmp_path / "out").exists()
    else:
        assert child.returncode == 0, message


@pytest.mark.slow
def test_the_same_export_twice_is_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for index, (seed, threads, zone) in enumerate((("0", "1", "UTC"), ("4242", "2", "Asia/Tokyo"))):
        out = tmp_path / f"run{index}" / "out"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "OMP_NUM_THREADS": threads,
            "TZ": zone,
            "LC_ALL": "C" if index else "C.UTF-8",
        }
        command = [sys.executable, "-m", "export.cli", "--size", "97x131", "--out", str(out), "--quiet"]
        subprocess.run(command, check=True, env=environment)
        subprocess.run([*command, "--fp16"], check=True, env=environment)
        digests.append(
            {
                p.name: bundle.digest(p)
                for p in out.iterdir()
                if p.name not in ("report.json", "manifest.json")
            }
        )
    assert len(digests[0]) == 6
    assert digests[0] == digests[1]


SIZES = ["512x1024", "1024x2048", "360x480", "256x256", "480x640", "513x769", "97x131"]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_sizes_export_and_pass(size: str, tmp_path: Path, capsys: Capture) -> None:
    report = exported(tmp_path, capsys, "--size", size)
    assert [artifact["parity"]["verdict"] for artifact in report["artifacts"]] == ["passed"] * 3
