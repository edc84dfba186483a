"""A folder against its manifest, byte by byte: what is missing, changed, or not named."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from export import manifest
from export.bundle import MANIFEST, digest
from export.verification.difference import Difference
from fastscnn import bounded
from fastscnn.errors import InputError

LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What operating systems leave in any folder."""
NEWEST = manifest.SCHEMA
REMEDY = "Give a folder that fastscnn-export delivered into, without --artifacts-only."


def read(folder: Path) -> dict[str, Any]:
    """The manifest's content; InputError where there is none that can be read."""
    path = folder / MANIFEST
    try:
        content = json.loads(bounded.text(path, bounded.DOCUMENT))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).", REMEDY) from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is no JSON document.", REMEDY) from None
    if not isinstance(content, dict) or not isinstance(content.get("artifacts"), dict):
        raise InputError(f"{path} is no manifest of ours.", REMEDY)
    if not isinstance(content.get("schema"), int) or content["schema"] > NEWEST:
        raise InputError(
            f"{path} has the schema {content.get('schema')!r}; this version reads {NEWEST}.",
            "Upgrade fastscnn-mobile.",
        )
    return content


def differences(folder: Path, content: Mapping[str, Any]) -> Iterator[Difference]:
    """Everything that is not as the manifest says; the manifest itself first."""
    yield from _of_manifest(content)
    known = named(content)
    for name, wanted in sorted(known.items()):
        yield from _of_file(folder, name, wanted)
    for path in sorted(folder.iterdir()):
        if path.name not in known and path.name not in LITTER | set(manifest.UNSIGNED):
            yield Difference(path.name, "is in the folder, but the manifest does not name it")


def documents(content: Mapping[str, Any]) -> dict[str, Any]:
    found = content.get("documents")
    return found if isinstance(found, dict) else {}


def named(content: Mapping[str, Any]) -> dict[str, Any]:
    """Artifacts and documents by name, with what is said of each."""
    return {**documents(content), **content["artifacts"]}


def inside(name: str) -> bool:
    """Whether a name is that of something right in the folder."""
    return Path(name).name == name and name not in ("", os.pardir)


def _of_manifest(content: Mapping[str, Any]) -> Iterator[Difference]:
    if content.get("digest") != manifest.digest(content):
        yield Difference(MANIFEST, "was changed after it was written: its own digest is another")
    try:
        resources = content["statement"]["predicate"]["resources"]
        stated = {resource["name"]: resource["digest"] for resource in resources}
        rebuilt = manifest.statement(stated)
        tops = {PurePosixPath(name).parts[0] for name in stated}
    except (LookupError, TypeError, ValueError):
        yield Difference(MANIFEST, "has no statement of its files that can be read")
        return
    if rebuilt != content["statement"]:
        yield Difference(MANIFEST, "has a statement whose digest is not that of its files")
    if tops != set(named(content)):
        yield Difference(MANIFEST, "names other files in its statement than outside it")


def _of_file(folder: Path, name: str, wanted: Any) -> Iterator[Difference]:
    path = folder / name
    if not inside(name):
        yield Difference(name, "is named by the manifest, but lies outside the folder")
    elif not os.path.lexists(path):
        yield Difference(name, "is missing")
    elif any(inner.is_symlink() for inner in (path, *path.rglob("*"))):
        yield Difference(name, "is a link, or holds one: a delivery holds files")
    elif not path.is_file() and not path.is_dir():
        yield Difference(name, "is no file")
    elif not isinstance(wanted, dict) or digest(path) != wanted.get("sha256"):
        yield Difference(name, "was changed: its sha256 is not the manifest's")
