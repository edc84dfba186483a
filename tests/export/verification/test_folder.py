"""A folder against its manifest: every way in which it is not what was delivered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export import manifest
from export.formats import FORMATS
from tests.export.deliveries import artifact, delivered
from tests.export.verification.runs import Capture, edited, entry_of, messages, verified

FORMAT_NAMES = tuple(FORMATS)


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
