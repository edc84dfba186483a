"""What --preset phone tells the application's author is what the files need: the printed call is called."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.native import compiled
from benchmarks.native.compiled import ALIGN_CORNERS, PLANAR, Native
from export import host
from export.cli import main
from export.formats import FORMATS
from fastscnn.graph import file, labels
from tests.export.commands import Capture
from tests.graphs import info_of
from tests.quantized_graphs import pixels, quantized_fast_scnn

SIZE = (64, 96)
FLAGS = {"0": 0, "FASTSCNN_ALIGN_CORNERS": ALIGN_CORNERS, "FASTSCNN_PLANAR": PLANAR}
CALL = re.compile(r"labels: fastscnn_labels_(\w+)\((.*)\) of ")
MODEL = {"align_corners": False, "preprocessing": {"order": "rgb"}}


def tensor(name: str, shape: tuple[int, ...], dtype: str, layout: str, **more: object) -> dict[str, object]:
    return {"name": name, "shape": shape, "dtype": dtype, "layout": layout, "scale": None, **more}


@pytest.fixture(scope="module", params=[True, False], ids=["align_corners", "half pixel"])
def quantized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quantized") / "street.int8.safetensors"
    graph = quantized_fast_scnn(SIZE, classes=5, align_corners=request.param)
    path.write_bytes(file.dump(graph, info_of(5, align_corners=request.param), {}))
    return path


@pytest.mark.skipif(compiled.compiler() is None, reason="no C compiler")
@pytest.mark.parametrize("format", ["tflite", "onnx"])
def test_the_printed_call_gives_the_labels_of_the_file(
    format: str, quantized: Path, tmp_path: Path, capsys: Capture
) -> None:
    options = ["--preset", "phone", "--size", "64x96", "--format", format, "--out", str(tmp_path)]
    assert main([str(quantized), *options]) == 0
    said = capsys.readouterr().err
    assert "`image`, the frame's bytes R G B A as they lie in memory, 64 x 96 pixels" in said
    found = CALL.search(said)
    assert found
    name, scale, zero_point, *sizes, flags = (
        part.strip() for part in found[2].split(",") if part != " labels"
    )
    height, width, classes, *full = map(int, sizes)
    chosen = sum(FLAGS[flag] for flag in flags.split(" | "))

    (artifact,) = tmp_path.glob(f"*{FORMATS[format].suffix}")
    runner = FORMATS[format].room("run").load(artifact)
    logits = runner.run(pixels(SIZE, 4))[name]
    assert logits.shape == (height, width, classes)
    assert found[1] == {"int8": "i8", "uint8": "u8"}[logits.dtype.name]
    stored = logits.transpose(2, 0, 1) if chosen & PLANAR else logits
    numbers = {"scale": float(scale.removesuffix("f")), "zero_point": int(zero_point)}
    mine = Native().labels(stored, (full[0], full[1]), chosen, **numbers)  # type: ignore[arg-type]
    values = (logits.astype(np.float32) - numbers["zero_point"]) * np.float32(numbers["scale"])
    wanted = labels.from_logits(values, SIZE, file.load(quantized).info.align_corners)
    np.testing.assert_array_equal(mine, wanted)


def test_nothing_is_said_without_the_preset(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main([str(quantized), "--size", "64x96", "--format", "onnx", "--out", str(tmp_path)]) == 0
    assert "Around" not in capsys.readouterr().err


def test_json_stays_one_document(quantized: Path, tmp_path: Path, capsys: Capture) -> None:
    options = ["--preset", "phone", "--size", "64x96", "--format", "onnx", "--out", str(tmp_path), "--json"]
    assert main([str(quantized), *options]) == 0
    assert "Around" not in capsys.readouterr().out


LOGITS = tensor("logits", (1, 8, 12, 5), "float32", "NHWC")
INPUTS = {
    "the frame as a pixel buffer of 64 x 96 pixels": tensor("image", (1, 3, 64, 96), "float32", "RGB image"),
    "channels 4 x height 64 x width 96 of float32, R G B A as 0..255": tensor(
        "image", (1, 4, 64, 96), "float32", "NCHW"
    ),
    "bytes R G B as they lie in memory": tensor(
        "image", (1, 64, 96, 3), "uint8", "NHWC", scale=1.0, zero_point=0
    ),
    "of int8, RGB, normalised: (pixel 0..255 - mean) / std, value = (number - 3) * 0.5": tensor(
        "input", (1, 64, 96, 3), "int8", "NHWC", scale=0.5, zero_point=3
    ),
}


@pytest.mark.parametrize("said", INPUTS)
def test_every_input_is_described(said: str) -> None:
    lines = host.steps({"input": INPUTS[said], "output": LOGITS}, MODEL)
    assert said in lines[0]


def test_full_size_logits_need_no_header_and_labels_nothing_at_all() -> None:
    (given,) = [one for said, one in INPUTS.items() if "R G B as" in said]
    large = tensor("logits", (1, 64, 96, 5), "int8", "NHWC", scale=0.1, zero_point=2)
    lines = host.steps({"input": given, "output": large}, MODEL)
    assert lines[-1] == "labels: at each pixel the class with the greatest logit"
    labelled = tensor("labels", (1, 8, 12), "int32", "NHW")
    lines = host.steps({"input": given, "output": labelled}, MODEL)
    assert lines[-1] == "out: `labels`, 8 x 12 pixels, the class of each pixel as int32"
