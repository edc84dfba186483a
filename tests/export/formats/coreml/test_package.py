"""A folder that is no package of ours is refused with one sentence, and nothing outside it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from export.formats.coreml.package import MANIFEST, MODEL, Package, files
from export.formats.coreml.read import read
from fastscnn.errors import ArtifactError
from tests.export.formats.coreml.packages import MODEL_FILE, exported, save
from tests.graphs import Builder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    b = Builder()
    return exported(b.graph(b.conv("logits", "image", 19, 3)), (40, 48), tmp_path)


def edit_manifest(package: Path, edit: Callable[[Any], None]) -> None:
    content = json.loads((package / MANIFEST).read_text())
    edit(content)
    (package / MANIFEST).write_text(json.dumps(content))


def move_root(to: str) -> Callable[[Any], None]:
    def edit(manifest: Any) -> None:
        manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = to

    return edit


def test_the_manifest_names_what_is_there(package: Path) -> None:
    manifest = json.loads((package / MANIFEST).read_text())
    paths = {item["path"] for item in manifest["itemInfoEntries"].values()}
    assert paths == {MODEL, "com.apple.CoreML/weights"}
    assert all((package / "Data" / path).exists() for path in paths)
    assert Package.open(package).model == package / MODEL_FILE


def test_a_program_without_weights_has_no_weight_file() -> None:
    assert set(files(b"model", b"")) == {MANIFEST, MODEL_FILE}


@pytest.mark.parametrize(
    "outside", ["../../secret", "/etc/passwd", "com.apple.CoreML/../../../secret", "a\0b"]
)
def test_paths_cannot_leave_the_package(package: Path, outside: str) -> None:
    (package.parent / "secret").write_bytes((package / MODEL_FILE).read_bytes())
    edit_manifest(package, move_root(outside))
    with pytest.raises(ArtifactError, match="outside"):
        read(package)


def test_links_cannot_leave_the_package(package: Path) -> None:
    model = package / MODEL_FILE
    secret = model.rename(package.parent / "secret")
    model.symlink_to(secret)
    with pytest.raises(ArtifactError, match="outside"):
        read(package)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"rootModelIdentifier": []}', "[" * 100_000, '"\\ud800"']
)
def test_a_manifest_that_is_none(package: Path, content: str) -> None:
    (package / MANIFEST).write_text(content)
    with pytest.raises(ArtifactError, match="names no model"):
        read(package)


def test_a_manifest_that_is_no_text(package: Path) -> None:
    (package / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArtifactError, match="names no model"):
        read(package)


@pytest.mark.parametrize("path", [3, None, [], {}])
def test_a_path_that_is_none(package: Path, path: Any) -> None:
    edit_manifest(package, move_root(path))
    with pytest.raises(ArtifactError, match="names no model"):
        read(package)


@pytest.mark.parametrize("name", [MANIFEST, MODEL_FILE, "Data/com.apple.CoreML/weights/weight.bin"])
def test_a_missing_file_is_named(package: Path, name: str) -> None:
    (package / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing") as refusal:
        read(package)
    assert refusal.value.exit_code == 2
    assert "Export it again" in refusal.value.remedy


def test_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="does not exist"):
        read(tmp_path / "nothing.mlpackage")
    (tmp_path / "file.mlpackage").write_bytes(b"PK")
    with pytest.raises(ArtifactError, match="not a folder"):
        read(tmp_path / "file.mlpackage")
    (tmp_path / "empty.mlpackage").mkdir()
    with pytest.raises(ArtifactError, match="is missing"):
        read(tmp_path / "empty.mlpackage")


def test_identifiers_come_from_the_contents() -> None:
    def identifiers(model: bytes, weights: bytes) -> set[str]:
        return set(json.loads(files(model, weights)[MANIFEST])["itemInfoEntries"])

    assert identifiers(b"a", b"b") == identifiers(b"a", b"b")
    assert len(identifiers(b"a", b"b") & identifiers(b"a", b"c")) == 1
    assert not identifiers(b"a", b"a") & identifiers(b"c", b"c")


def test_saving_twice_gives_the_same_files(tmp_path: Path) -> None:
    contents = files(b"model", b"weights")
    package = save(contents, tmp_path)
    assert {p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()} == set(contents)
