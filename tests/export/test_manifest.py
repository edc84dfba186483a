"""The manifest: its own digest, and a statement that model-signing tools can sign."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from export import bundle, manifest
from tests.export.test_bundle import PACKAGE, delivered


def read(out: Path) -> dict[str, object]:
    return json.loads((out / manifest.NAME).read_text())  # type: ignore[no-any-return]


def test_every_file_is_a_resource_of_the_statement_and_nothing_else_is(tmp_path: Path) -> None:
    delivered(tmp_path, {"b.mlpackage": PACKAGE, "a.onnx": b"a"})
    statement = read(tmp_path)["statement"]
    assert isinstance(statement, dict)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://model_signing/signature/v1.0"
    resources = statement["predicate"]["resources"]
    assert {resource["name"]: resource["digest"] for resource in resources} == {
        path.relative_to(tmp_path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != manifest.NAME
    }
    assert [resource["name"] for resource in resources] == sorted(resource["name"] for resource in resources)
    assert {resource["algorithm"] for resource in resources} == {"sha256"}


def test_the_subject_is_the_digest_of_the_resources_digests_in_their_order() -> None:
    statement = manifest.statement({"b": "02" * 32, "a": "01" * 32})
    root = hashlib.sha256(bytes([1] * 32 + [2] * 32)).hexdigest()
    assert statement["subject"] == [{"name": "_", "digest": {"sha256": root}}]


def test_documents_are_named_with_their_digests_and_kept_while_they_stand(tmp_path: Path) -> None:
    delivered(tmp_path, {"a.onnx": b"a"})
    documents = read(tmp_path)["documents"]
    assert documents == {
        bundle.REPORT: {
            "sha256": bundle.digest(tmp_path / bundle.REPORT),
            "bytes": (tmp_path / bundle.REPORT).stat().st_size,
        }
    }


def test_a_document_may_be_text(tmp_path: Path) -> None:
    with bundle.staging(tmp_path, dry=False):
        bundle.deliver(tmp_path, [], force=False, documents={"CARD.md": "# A card\n"}, entries={})
    assert (tmp_path / "CARD.md").read_text() == "# A card\n"


def test_an_edited_manifest_shows() -> None:
    content = manifest.compose({"a.onnx": {"sha256": "01" * 32}}, {}, {"a.onnx": "01" * 32})
    assert manifest.digest(content) == content["digest"]
    content["artifacts"]["a.onnx"]["precision"] = "fp32"
    assert manifest.digest(content) != content["digest"]


def test_the_same_delivery_is_the_same_manifest_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        delivered(tmp_path / folder, {"b.mlpackage": PACKAGE, "a.onnx": b"a"})
    assert (tmp_path / "one" / manifest.NAME).read_bytes() == (tmp_path / "two" / manifest.NAME).read_bytes()
