"""fastscnn-export --verify: a delivery is proven again, and one byte of a file is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export import manifest
from export.cli import main
from export.formats import FORMATS
from tests.export.deliveries import artifact, delivered, model_file
from tests.export.verification.runs import Capture, a_weight, edited, flipped, messages, verified

FORMAT_NAMES = tuple(FORMATS)


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_a_delivery_is_proven_again_against_the_embedded_network(
    precision: str, tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES, precision=precision)  # type: ignore[arg-type]
    code, document = verified(capsys, folder)
    assert (code, document["verdict"], document["differences"]) == (0, "passed", [])
    assert len(document["artifacts"]) == len(FORMATS)
    for found in document["artifacts"]:
        assert found["parity"]["verdict"] == "passed"
        assert any("the embedded network" in line for line in found["proved"])
        assert any("the same bytes" in line for line in found["proved"])
        assert found["not_proved"] == []


def at_text(path: Path, text: bytes) -> int:
    place = path.read_bytes().find(text)
    assert place >= 0, text
    return place


def a_class(path: Path) -> Path:
    """One letter of a class in our own description."""
    file = model_file(path)
    place = at_text(file, b'"classes":[')
    flipped(file, place + len('"classes":["'))
    return file


BYSTANDERS = {
    ".onnx": b"the normalisation is inside",
    ".tflite": b"Semantic segmentation: the class",
    ".mlpackage": b"semantic segmentation into",
}
"""Words for people: nothing that computes or audits reads them."""


def a_word(path: Path) -> Path:
    """One letter that only the digest sees."""
    file = model_file(path)
    flipped(file, at_text(file, BYSTANDERS[path.suffix]))
    return file


@pytest.mark.parametrize("format", FORMAT_NAMES)
@pytest.mark.parametrize(
    ("edit", "also"),
    [(a_weight, "does not hold the"), (a_class, "has the info"), (a_word, None)],
    ids=["payload", "metadata", "only the digest sees it"],
)
def test_one_byte_is_found(
    edit: Callable[[Path], Path], also: str | None, format: str, tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", format)
    path = artifact(folder, FORMATS[format].suffix)
    edit(path)
    code, document = verified(capsys, folder)
    assert code == 3
    assert document["error"]["kind"] == "verification"
    (said,) = messages(document).values()
    assert "its sha256 is not the manifest's" in said[0]
    assert len(said) == (1 if also is None else 2), said
    if also is not None:
        assert also in said[1]


def test_a_swapped_file_with_a_manifest_made_to_fit_is_found_by_parity(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", "tflite")
    path = artifact(folder, ".tflite")
    a_weight(path)

    def refit(content: dict[str, Any]) -> None:
        entry = content["artifacts"][path.name]
        entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        resources = content["statement"]["predicate"]["resources"]
        files = {one["name"]: one["digest"] for one in resources} | {path.name: entry["sha256"]}
        content["statement"] = manifest.statement(files)

    edited(folder, refit, signed=True)
    code, document = verified(capsys, folder)
    assert code == 3
    assert any("does not hold the" in message for message in messages(document)[path.name])


def test_people_read_what_was_proved_and_a_verdict(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")
    assert main(["--verify", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "proved: written again, it is the same bytes" in said
    assert "as the manifest says, and there is no other" in said
