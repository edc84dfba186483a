"""Files whose network is not at hand: what they prove by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.export.deliveries import delivered
from tests.export.verification.runs import Capture, edited, verified


def test_without_its_network_a_file_proves_what_it_can_and_says_what_not(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", "tflite")

    def foreign(content: dict[str, Any]) -> None:
        for entry in content["artifacts"].values():
            entry["checkpoint_sha256"] = "0" * 64

    edited(folder, foreign, signed=True)
    code, document = verified(capsys, folder)
    assert code == 0
    (found,) = document["artifacts"]
    assert found["parity"] is None
    assert "give it as CHECKPOINT" in found["not_proved"][0]
    assert sum("very labels" in line for line in found["proved"]) == 3


def test_a_file_alone_that_is_not_what_its_entry_says_is_found(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")

    def lying(content: dict[str, Any]) -> None:
        for entry in content["artifacts"].values():
            entry["checkpoint_sha256"] = "0" * 64
            entry["precision"] = "fp32"

    edited(folder, lying, signed=True)
    code, document = verified(capsys, folder)
    assert code == 3
    assert "precision int8 where the manifest says fp32" in str(document["differences"])
