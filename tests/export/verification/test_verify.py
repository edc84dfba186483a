"""fastscnn-export --verify: a folder as it was delivered, and every way in which it is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from export import manifest
from export.cli import main
from export.formats import FORMATS
from export.pictures import embedded
from export.source import embedded_quantized
from fastscnn.graph import file
from tests.export.commands import answered
from tests.export.deliveries import artifact, delivered, model_file
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn

Capture = pytest.CaptureFixture[str]
FORMAT_NAMES = tuple(FORMATS)


def verified(capsys: Capture, folder: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    code = main(["--verify", str(folder), *map(str, arguments), "--json", "--quiet"])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return code, json.loads(printed.out)


def messages(document: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for difference in document["differences"]:
        found.setdefault(difference["file"], []).append(difference["message"])
    return found


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


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def at_text(path: Path, text: bytes) -> int:
    place = path.read_bytes().find(text)
    assert place >= 0, text
    return place


def a_weight(path: Path) -> Path:
    """One bit in the middle of the file with the weights."""
    file = path / "Data" / "com.apple.CoreML" / "weights" / "weight.bin" if path.is_dir() else path
    flipped(file, file.stat().st_size // 2)
    return file


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


def test_a_missing_a_foreign_and_a_linked_file_are_named(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", *FORMAT_NAMES)
    onnx, tflite, package = (artifact(folder, format.suffix) for format in FORMATS.values())
    onnx.unlink()
    shutil.copy(tflite, folder / "mine.tflite")
    (folder / ".hidden").write_text("")
    elsewhere = tmp_path / package.name
    package.rename(elsewhere)
    package.symlink_to(elsewhere)
    code, document = verified(capsys, folder)
    assert code == 3
    said = messages(document)
    assert said[onnx.name] == ["is missing"]
    assert said["mine.tflite"] == said[".hidden"] == ["is in the folder, but the manifest does not name it"]
    assert "link" in said[package.name][0]
    assert tflite.name not in said


def edited(folder: Path, change: Callable[[dict[str, Any]], None], *, signed: bool) -> None:
    """The manifest changed; `signed`: its own digest made anew, as somebody would who knows of it."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text())
    change(content)
    if signed:
        content["digest"] = manifest.digest(content)
    path.write_text(json.dumps(content))


def test_an_edited_manifest_is_found_by_its_own_digest(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")

    def newer(content: dict[str, Any]) -> None:
        next(iter(content["artifacts"].values()))["versions"]["torch"] = "9.9"

    edited(folder, newer, signed=False)
    code, document = verified(capsys, folder)
    assert code == 3
    assert messages(document) == {
        manifest.NAME: ["was changed after it was written: its own digest is another"]
    }


def test_a_swapped_file_with_a_manifest_made_to_fit_is_found_by_parity(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = delivered(tmp_path / "out", "tflite")
    path = artifact(folder, ".tflite")
    a_weight(path)

    def refit(content: dict[str, Any]) -> None:
        import hashlib

        entry = content["artifacts"][path.name]
        entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        resources = content["statement"]["predicate"]["resources"]
        files = {one["name"]: one["digest"] for one in resources} | {path.name: entry["sha256"]}
        content["statement"] = manifest.statement(files)

    edited(folder, refit, signed=True)
    code, document = verified(capsys, folder)
    assert code == 3
    assert any("does not hold the" in message for message in messages(document)[path.name])


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


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"artifacts": 3}', '{"artifacts": {}, "schema": 99}', "[" * 100000]
)
def test_a_folder_without_a_manifest_is_a_wrong_input(
    text: str | None, tmp_path: Path, capsys: Capture
) -> None:
    if text is not None:
        (tmp_path / manifest.NAME).write_text(text)
    code, document = verified(capsys, tmp_path)
    assert code == 2
    assert manifest.NAME in document["error"]["message"]


def test_people_read_what_was_proved_and_a_verdict(tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "onnx")
    assert main(["--verify", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "proved: written again, it is the same bytes" in said
    assert "as the manifest says, and there is no other" in said


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


def entry_of(content: dict[str, Any]) -> dict[str, Any]:
    return next(iter(content["artifacts"].values()))  # type: ignore[no-any-return]


NONSENSE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no options": lambda content: entry_of(content).pop("options"),
    "options of another kind": lambda content: entry_of(content).update(options=3),
    "an option missing": lambda content: entry_of(content)["options"].pop("size"),
    "a size that is none": lambda content: entry_of(content)["options"].update(size="big"),
    "limits of another kind": lambda content: entry_of(content)["options"].update(limits=[1]),
    "an unknown format": lambda content: entry_of(content).update(format="gguf"),
    "an entry that is none": lambda content: content["artifacts"].update({"a.onnx": 7}),
    "versions that are none": lambda content: entry_of(content).update(versions="new"),
    "a name outside": lambda content: content["artifacts"].update({"../a.onnx": entry_of(content)}),
    "the folder above": lambda content: content["artifacts"].update({"..": entry_of(content)}),
    "the folder itself": lambda content: content["artifacts"].update({"": entry_of(content)}),
    "a name that no file has": lambda content: content["artifacts"].update({"a\0.onnx": entry_of(content)}),
    "documents of another kind": lambda content: content.update(documents=["report.json", 3]),
    "no statement": lambda content: content.pop("statement"),
    "resources without names": lambda content: content["statement"]["predicate"].update(resources=[{}]),
    "a resource without a name": lambda content: content["statement"]["predicate"].update(
        resources=[{"name": "", "digest": "00"}]
    ),
    "labels of another kind": lambda content: entry_of(content).update(seen=[3], checkpoint_sha256=""),
}


@pytest.mark.parametrize("how", NONSENSE)
def test_a_manifest_of_nonsense_is_a_difference(how: str, tmp_path: Path, capsys: Capture) -> None:
    folder = delivered(tmp_path / "out", "tflite")
    # nothing of its network: what is wrong is found without it
    edited(folder, lambda content: entry_of(content).update(checkpoint_sha256="0" * 64), signed=True)
    edited(folder, NONSENSE[how], signed=True)
    code, document = verified(capsys, folder)
    assert code == 3
    assert document["differences"]
