"""fastscnn-export --verify: everything of a folder, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from export.bundle import MANIFEST, digest
from export.formats import FORMATS
from export.report import versions
from export.verification import folder as on_disk
from export.verification.difference import Difference
from export.verification.proof import Proof, prove
from export.verification.sources import Sources, requested
from fastscnn.console import Console
from fastscnn.errors import InputError, UsageError

TEXTS = ("sha256", "format", "precision", "checkpoint_sha256")
"""Of an artifact's entry."""


def verify(
    folder: Path, checkpoint: Path | None, data: Path | None, classes: Path | None, console: Console
) -> dict[str, Any]:
    """The document of a verification; its verdict is `passed` or `differs`."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", on_disk.REMEDY)
    if checkpoint is not None and not checkpoint.is_file():
        raise InputError(f"{checkpoint} is no file.", "Give the checkpoint that the files were made of.")
    content = on_disk.read(folder)
    differences = list(on_disk.differences(folder, content))
    entries = {}
    for name, entry in content["artifacts"].items():
        if not _described(entry):
            differences.append(Difference(name, "has an entry in the manifest that cannot be read"))
        elif _present(folder, name):
            entries[name] = entry
    proofs: list[Proof] = []
    for found in prove(folder, entries, Sources(checkpoint, data, classes, console), console):
        if isinstance(found, Proof):
            proofs.append(found)
        else:
            differences.append(found)
    differences += _of_another(checkpoint, entries)
    return {
        "schema": 1,
        "folder": str(folder),
        "verdict": "differs" if differences else "passed",
        "digest": _root(content),
        "documents": sorted(on_disk.documents(content)),
        "artifacts": [_artifact(name, entries[name], proofs, differences) for name in sorted(entries)],
        "differences": [difference.as_json() for difference in differences],
        "versions": versions(),
    }


def _described(entry: Any) -> bool:
    """Whether enough is said of a file to open it and to find its network."""
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in TEXTS):
        return False
    try:
        requested(entry, None, None, None)
    except (LookupError, TypeError, ValueError, AttributeError, UsageError):
        return False
    return entry["format"] in FORMATS and isinstance(entry.get("versions"), dict)


def _present(folder: Path, name: str) -> bool:
    path = folder / name
    return on_disk.inside(name) and not path.is_symlink() and (path.is_file() or path.is_dir())


def _of_another(checkpoint: Path | None, entries: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """Whoever gives a checkpoint asks whether these files are of it."""
    if checkpoint is None:
        return []
    given = digest(checkpoint)
    if any(entry["checkpoint_sha256"] == given for entry in entries.values()):
        return []
    return [Difference(MANIFEST, f"names nothing that was made of {checkpoint.name} (sha256 {given})")]


def _artifact(
    name: str, entry: Mapping[str, Any], proofs: Sequence[Proof], differences: Sequence[Difference]
) -> dict[str, Any]:
    proof = next((proof for proof in proofs if proof.file == name), Proof(name, (), ()))
    wrong = [difference.message for difference in differences if difference.file == name]
    return {
        **proof.as_json(),
        "sha256": entry["sha256"],
        "made_by": entry["versions"].get("fastscnn-mobile", ""),
        "checkpoint_sha256": entry["checkpoint_sha256"],
        "verdict": "differs" if wrong else "passed",
        "differences": wrong,
    }


def _root(content: Mapping[str, Any]) -> str | None:
    """The one digest that stands for the whole delivery."""
    try:
        digest: str = content["statement"]["subject"][0]["digest"]["sha256"]
    except (LookupError, TypeError):
        return None
    return digest
