"""An .mlpackage: its manifest, the files it names, and no way out of its folder."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fastscnn import bounded
from fastscnn.errors import ArtifactError

MANIFEST = "Manifest.json"
DATA = "Data"
MODEL = "com.apple.CoreML/model.mlmodel"
WEIGHTS = "com.apple.CoreML/weights"
WEIGHT_FILE = f"{WEIGHTS}/weight.bin"
REMEDY = "Export it again, or give the .mlpackage folder as it was exported."


def refused(path: Path, why: str) -> ArtifactError:
    return ArtifactError(f"{path} is not a Core ML package of ours: {why}.", REMEDY)


def files(model: bytes, weights: bytes) -> dict[str, bytes]:
    """The package's files by their path inside it. Identifiers come from contents, not from chance."""
    parts = {MODEL: ("model.mlmodel", "CoreML Model Specification", model)}
    if weights:
        parts[WEIGHTS] = ("weights", "CoreML Model Weights", weights)
    identifiers = {path: _identifier(path, content) for path, (_, _, content) in parts.items()}
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            identifiers[path]: {
                "author": "com.apple.CoreML",
                "description": description,
                "name": name,
                "path": path,
            }
            for path, (name, description, _) in parts.items()
        },
        "rootModelIdentifier": identifiers[MODEL],
    }
    result = {
        MANIFEST: (json.dumps(manifest, indent=4, sort_keys=True) + "\n").encode(),
        f"{DATA}/{MODEL}": model,
    }
    if weights:
        result[f"{DATA}/{WEIGHT_FILE}"] = weights
    return result


def _identifier(path: str, content: bytes) -> str:
    digest = hashlib.sha256(path.encode() + b"\0" + content).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5)).upper()


@dataclass(frozen=True)
class Package:
    """A package on disk, its manifest checked."""

    path: Path
    model: Path

    @classmethod
    def open(cls, path: Path) -> Package:
        if not path.is_dir():
            raise refused(path, "it is not a folder" if path.exists() else "it does not exist")
        manifest = _inside(path, path, MANIFEST)
        try:
            content = json.loads(bounded.text(manifest, bounded.DOCUMENT))
            root = content["rootModelIdentifier"]
            item = content["itemInfoEntries"][root]["path"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
            raise refused(path, f"{MANIFEST} names no model") from problem
        if not isinstance(item, str):
            raise refused(path, f"{MANIFEST} names no model")
        return cls(path, _inside(path, path / DATA, item))

    def weights(self, name: str) -> Path:
        """The file that a program calls `@model_path/...`."""
        prefix = "@model_path/"
        if not name.startswith(prefix):
            raise refused(self.path, f"its program reads {name!r}, which is not in the package")
        return _inside(self.path, self.model.parent, name.removeprefix(prefix))


def _inside(package: Path, folder: Path, name: str) -> Path:
    """A file that must lie in the folder, links followed."""
    relative = PurePosixPath(name)
    if "\0" in name or relative.is_absolute() or ".." in relative.parts:
        raise refused(package, f"it names {name!r}, which is outside of it")
    found = folder / relative
    try:
        # the folder itself may be a link, too
        inside = found.resolve().is_relative_to(package.resolve() / folder.relative_to(package))
        there = found.is_file()
    except (OSError, ValueError, RuntimeError) as problem:
        # names too long or of no characters, links to themselves
        raise refused(package, f"it names {name!r}, which cannot be a file") from problem
    if not inside:
        raise refused(package, f"it names {name!r}, which is outside of it")
    if not there:
        raise refused(package, f"{found.relative_to(package).as_posix()} is missing")
    return found


def bytes_of(package: Path, file: Path) -> bytes:
    """A file of the package."""
    try:
        return bounded.read(file, bounded.NETWORK)
    except OSError as problem:
        raise refused(package, f"{file.name} cannot be read: {problem.strerror}") from problem
