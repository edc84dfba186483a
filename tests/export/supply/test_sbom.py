"""The bill of materials: valid CycloneDX, complete, and the same for the same export."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from export.supply import installed, sbom
from tests.export.deliveries import delivered

PURL = re.compile(r"pkg:pypi/[a-z0-9][a-z0-9.-]*@[A-Za-z0-9.%!-]+")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return delivered(tmp_path / "out", "onnx", "tflite", "coreml")


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / sbom.NAME).read_text())  # type: ignore[no-any-return]


def components(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [document["metadata"]["component"], *document["components"]]
    while waiting:
        component = waiting.pop()
        yield component
        waiting.extend(component.get("components", ()))


def test_it_is_valid_by_the_official_schema(folder: Path) -> None:
    schema = pytest.importorskip("cyclonedx.schema", reason="cyclonedx-python-lib is not installed")
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(schema.SchemaVersion.V1_6)
    assert validator.validate_str((folder / sbom.NAME).read_text()) is None


def test_references_are_unique_and_every_dependency_is_a_component(folder: Path) -> None:
    document = read(folder)
    references = [component["bom-ref"] for component in components(document)]
    assert len(set(references)) == len(references)
    for dependency in document["dependencies"]:
        assert {dependency["ref"], *dependency.get("dependsOn", ())} <= set(references)


def test_every_delivered_file_is_there_with_its_digest(folder: Path) -> None:
    hashes = {
        component["name"]: component["hashes"][0]["content"]
        for component in components(read(folder))
        if component["type"] in ("machine-learning-model", "file") and "hashes" in component
    }
    for path in folder.rglob("*"):
        if (path.is_file() and path.parent != folder) or path.suffix in (".onnx", ".tflite"):
            name = path.relative_to(folder).as_posix()
            assert hashes[name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_wrote_and_checked_is_named_with_version_licence_and_address(folder: Path) -> None:
    libraries = {c["name"]: c for c in read(folder)["components"] if c["type"] == "library"}
    assert {"torch", "numpy", "onnx", "onnxruntime", "ai-edge-litert", "coremltools"} <= libraries.keys()
    for library in libraries.values():
        assert PURL.fullmatch(library["purl"]), library["purl"]
        assert library["licenses"], f"{library['name']} says no licence"


def test_what_was_not_needed_is_not_named(tmp_path: Path) -> None:
    names = {c["name"] for c in read(delivered(tmp_path / "out", "onnx"))["components"]}
    assert "onnx" in names
    assert not names & {"coremltools", "pytest", "tensorflow_cpu", "pip"}


def test_it_holds_no_time_and_its_number_is_of_its_content(folder: Path) -> None:
    document = read(folder)
    assert "timestamp" not in json.dumps(document)
    number = document.pop("serialNumber")
    assert number == sbom._serial(document)
    document["version"] = 2
    assert number != sbom._serial(document)


def test_a_package_that_needs_itself_ends() -> None:
    everything = installed.closure(("test",))
    names = [package.name for package in everything]
    assert names == sorted(names, key=canonicalize_name)
    assert "pytest" in names
    assert installed.US not in names
