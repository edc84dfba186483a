"""Networks are found by their digests, and a calibration is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from export.cli import main
from export.pictures import embedded
from export.source import embedded_quantized
from fastscnn.graph import file
from tests.export.commands import answered
from tests.export.deliveries import delivered
from tests.export.verification.runs import Capture, verified
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn


def quantized_file(folder: Path) -> Path:
    """Integers of somebody's own network, untrained."""
    path = folder / "own.int8.safetensors"
    path.write_bytes(file.dump(quantized_fast_scnn(), info_of(19)))
    return path


def test_files_of_somebody_s_own_integers_are_proven_with_them(tmp_path: Path, capsys: Capture) -> None:
    own = quantized_file(tmp_path)
    folder = delivered(tmp_path / "out", "tflite", "onnx", checkpoint=own)
    code, document = verified(capsys, folder)
    assert code == 0
    assert all(found["not_proved"] for found in document["artifacts"]), "it was not given"
    code, document = verified(capsys, folder, own)
    assert code == 0
    for found in document["artifacts"]:
        assert found["not_proved"] == []
        assert "made of own.int8.safetensors, by its sha256" in found["proved"]
        assert found["parity"]["against"] == "the integer oracle, layer by layer"


def test_a_checkpoint_that_they_are_not_made_of_is_a_difference(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "tflite")
    code, document = verified(capsys, folder, quantized_file(tmp_path))
    assert code == 3
    assert "nothing that was made of own.int8.safetensors" in str(document["differences"])


def crops(folder: Path) -> Path:
    """Street photographs enough to calibrate on."""
    folder.mkdir()
    for path in embedded():
        with Image.open(path) as picture:
            width, height = picture.size
            for place in range(4):
                left = place * width // 8
                part = picture.crop((left, 0, left + width // 2, height)).resize((192, 128))
                part.save(folder / f"{path.stem}_{place}.png")
    return folder


@pytest.mark.slow
def test_a_calibration_is_repeated_where_its_pictures_are_at_hand(tmp_path: Path, capsys: Capture) -> None:
    own = embedded_quantized().with_name("camvid.safetensors")
    street = crops(tmp_path / "street")
    out = tmp_path / "out"
    export = [
        own,
        "--int8",
        "--data",
        street,
        "--format",
        "tflite",
        "--size",
        "64x96",
        "--min-agreement",
        "0",
    ]
    answered(main, capsys, *export, "--out", out)
    code, document = verified(capsys, out, own)
    assert code == 0
    assert "--data with the same pictures" in document["artifacts"][0]["not_proved"][0]
    code, document = verified(capsys, out, own, "--data", street)
    assert code == 0
    assert document["artifacts"][0]["not_proved"] == []
