"""Delivery: artifacts are staged beside their place, checked, renamed into it; manifest.json comes last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export import _filesystem as filesystem
from export.formats.base import Files
from fastscnn.errors import OutputError

MANIFEST = "manifest.json"
REPORT = "report.json"
PAGE = "report.html"
STAGING = ".fastscnn-staging-"


@dataclass(frozen=True)
class Staged:
    """An artifact on disk that is not delivered yet."""

    name: str
    path: Path
    sha256: str
    size: int


@contextlib.contextmanager
def staging(out: Path, *, dry: bool) -> Iterator[Path]:
    """A folder on the same file system as `out`, gone afterwards; clears what a killed run left."""
    if dry:
        with tempfile.TemporaryDirectory(prefix="fastscnn-") as folder:
            yield Path(folder)
        return
    created = _make(out)
    try:
        with filesystem.locked(out):
            _clear(out)
            folder = tempfile.mkdtemp(prefix=STAGING, dir=out)
            lock = filesystem.hold(Path(folder))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        filesystem.release(lock)
        for parent in created:
            with contextlib.suppress(OSError):
                parent.rmdir()


def stage(folder: Path, name: str, files: Files) -> Staged:
    """Write an artifact's bytes into the staging folder."""
    path = folder / name
    try:
        if isinstance(files, bytes):
            filesystem.write(path, files)
        else:
            for inner, content in sorted(files.items()):
                (path / inner).parent.mkdir(parents=True, exist_ok=True)
                filesystem.write(path / inner, content)
    except OSError as error:
        raise _unwritable(folder.parent, error) from None
    return Staged(name, path, digest(path), _bytes(path))


def digest(path: Path) -> str:
    """sha256 of a file; of a package, the sha256 of its lines `<sha256>  <path inside>`, sorted by path."""
    if path.is_dir():
        inner = sorted(file for file in path.rglob("*") if file.is_file())
        lines = [f"{digest(file)}  {file.relative_to(path).as_posix()}\n" for file in inner]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_overwriting(out: Path, artifacts: list[Staged], *, force: bool) -> None:
    """Raises OutputError where another artifact of the same name stands in the folder."""
    for artifact in artifacts:
        target = out / artifact.name
        if force or not os.path.lexists(target):
            continue
        if target.is_symlink() or digest(target) != artifact.sha256:
            raise OutputError(
                f"{target} exists and has other content.",
                "Add --force to replace it, or choose another --out or --name.",
            )


def deliver(
    out: Path,
    artifacts: list[Staged],
    *,
    force: bool,
    documents: Mapping[str, Any] | None,
    entries: Mapping[str, Any] | None,
) -> None:
    """Rename every artifact into place; then the documents; then the manifest, which names them all."""
    with filesystem.locked(out):
        refuse_overwriting(out, artifacts, force=force)
        try:
            for artifact in artifacts:
                filesystem.put(artifact.path, out / artifact.name)
            for name, content in (documents or {}).items():
                text = content if isinstance(content, str) else _json(content)
                filesystem.replace_text(out / name, text)
            if entries is not None:
                filesystem.replace_text(out / MANIFEST, _json(_manifest(out, entries)))
        except OSError as error:
            raise _unwritable(out, error) from None


def _manifest(out: Path, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The new entries and those earlier ones whose artifacts still stand as they were delivered."""
    known: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
        for name, entry in json.loads((out / MANIFEST).read_text())["artifacts"].items():
            path = out / name
            if Path(name).name == name and path.exists() and digest(path) == entry["sha256"]:
                known[name] = entry
    return {"schema": 1, "artifacts": dict(sorted({**known, **entries}.items()))}


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _make(out: Path) -> list[Path]:
    """Create the output folder; the folders that were not there before, innermost first."""
    missing = [path for path in (out, *out.parents) if not path.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from None
    return missing


def _clear(out: Path) -> None:
    """Remove staging folders whose run is no more: nobody holds their lock."""
    for left in out.glob(f"{STAGING}*"):
        lock = filesystem.hold(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            filesystem.release(lock)
    for part in out.glob(f".*{filesystem.PARTIAL}"):
        part.unlink(missing_ok=True)


def _bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{out} cannot be written ({error.strerror or error}).", "Choose another --out, or free some space."
    )
