"""manifest.json: what a delivery holds, digest by digest, in the form that model-signing tools take, too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

NAME = "manifest.json"
SCHEMA = 1
ALGORITHM = "sha256"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
"""OpenSSF Model Signing, version 1: a statement of this type is what its tools sign."""
UNNAMED = "_"
"""in-toto's word for a subject that has no name: a folder is called what its owner likes."""
SIGNATURE = "model.sig"
"""What those tools call the signature that they put beside."""
UNSIGNED = (NAME, SIGNATURE)


def compose(
    artifacts: Mapping[str, Any], documents: Mapping[str, Any], files: Mapping[str, str]
) -> dict[str, Any]:
    """The manifest's content. `files` has the sha256 of every file, those inside packages by their path."""
    content = {
        "schema": SCHEMA,
        "artifacts": dict(sorted(artifacts.items())),
        "documents": dict(sorted(documents.items())),
        "statement": statement(files),
    }
    return {**content, "digest": digest(content)}


def statement(files: Mapping[str, str]) -> dict[str, Any]:
    """An unsigned in-toto statement over files by name; its root is the digest of their digests, in order."""
    resources = [
        {"name": name, "algorithm": ALGORITHM, "digest": value} for name, value in sorted(files.items())
    ]
    root = hashlib.sha256(b"".join(bytes.fromhex(value) for _, value in sorted(files.items())))
    return {
        "_type": STATEMENT,
        "subject": [{"name": UNNAMED, "digest": {ALGORITHM: root.hexdigest()}}],
        "predicateType": PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": ALGORITHM,
                "allow_symlinks": False,
                "ignore_paths": list(UNSIGNED),
            },
            "resources": resources,
        },
    }


def digest(content: Mapping[str, Any]) -> str:
    """sha256 over all of a manifest but this digest: an edited one shows."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
