"""Delivery: artifacts are staged beside their place, checked, renamed into it; manifest.json comes last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export import _filesystem as filesystem
from export import manifest
from export.formats.base import Files
from fastscnn import bounded
from fastscnn.errors import OutputError

MANIFEST = manifest.NAME
REPORT = "report.json"
PAGE = "report.html"
TRY_IT = "tryit.html"
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
    return Staged(name, path, digest(path), size(path))


def files_of(path: Path) -> list[Path]:
    """The file itself; of a package all inside, sorted, and no links: these may lead anywhere."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def digest(path: Path) -> str:
    """sha256 of a file; of a package, the sha256 of its lines `<sha256>  <path inside>`, sorted by path."""
    if path.is_dir():
        lines = [f"{digest(file)}  {file.relative_to(path).as_posix()}\n" for file in files_of(path)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_overwriting(out: Path, artifacts: list[Staged], *, force: bool) -> None:
    """Raises OutputError where another artifact of the same name stands in the folder."""
    for artifact in artifacts:
        target = out / artifact.name
        if force or not os.path.lexists(target):
            continue
        # a pipe or a device has no end that a digest could wait for
        ours = not target.is_symlink() and (target.is_file() or target.is_dir())
        if not ours or digest(target) != artifact.sha256:
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
    """Rename every artifact into place; then the documents, text or JSON; then the manifest of them all."""
    texts = {
        name: content if isinstance(content, str) else _json(content)
        for name, content in (documents or {}).items()
    }
    with filesystem.locked(out):
        refuse_overwriting(out, artifacts, force=force)
        try:
            for artifact in artifacts:
                filesystem.put(artifact.path, out / artifact.name)
            for name, text in texts.items():
                filesystem.replace_text(out / name, text)
            if entries is not None:
                filesystem.replace_text(out / MANIFEST, _json(_manifest(out, entries, texts)))
        except OSError as error:
            raise _unwritable(out, error) from None


def _manifest(out: Path, entries: Mapping[str, Any], documents: Iterable[str]) -> dict[str, Any]:
    """The new entries and those earlier ones whose files still stand as they were delivered."""
    delivered = {name: {"sha256": digest(out / name), "bytes": size(out / name)} for name in documents}
    artifacts = {**_standing(out, "artifacts"), **entries}
    written = {**_standing(out, "documents"), **delivered}
    return manifest.compose(artifacts, written, dict(_digests(out, (*artifacts, *written))))


def _standing(out: Path, kind: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
        if (out / MANIFEST).is_symlink():
            return known
        for name, entry in json.loads(bounded.text(out / MANIFEST, bounded.DOCUMENT))[kind].items():
            path = out / name
            # a folder that others write to may hold anything under any name
            plain = Path(name).name == name != os.pardir and not path.is_symlink()
            if plain and (path.is_file() or path.is_dir()) and digest(path) == entry["sha256"]:
                known[name] = entry
    return known


def _digests(out: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every file's path in the folder and digest, those inside packages too."""
    for name in names:
        for file in files_of(out / name):
            yield file.relative_to(out).as_posix(), digest(file)


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
        if left.is_symlink() or not left.is_dir():
            left.unlink(missing_ok=True)
            continue
        lock = filesystem.hold(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            filesystem.release(lock)
    for part in out.glob(f".*{filesystem.PARTIAL}"):
        part.unlink(missing_ok=True)


def size(path: Path) -> int:
    """Bytes of a file, or of all in a package."""
    return sum(file.stat().st_size for file in files_of(path))


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{out} cannot be written ({error.strerror or error}).", "Choose another --out, or free some space."
    )
