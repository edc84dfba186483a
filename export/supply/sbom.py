"""A bill of materials, CycloneDX 1.6: the artifacts, the network that they are of, and what made them."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from export.bundle import Staged, digest, files_of
from export.formats import FORMATS
from export.supply.installed import Installed, closure
from fastscnn import __version__

NAME = "sbom.cdx.json"
VERSION = "1.6"
US = f"pkg:pypi/fastscnn-mobile@{__version__}"
NETWORK = "network"
TASK = "semantic segmentation"


def compose(report: Mapping[str, Any], staged: Iterable[Staged]) -> dict[str, Any]:
    """The document. It holds no time and no chance: the same export is the same bytes."""
    packages = closure(_extras(report))
    paths = {artifact.name: artifact.path for artifact in staged}
    artifacts = [_artifact(entry, paths[entry["file"]], report["model"]) for entry in report["artifacts"]]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": VERSION,
        "version": 1,
        "metadata": {
            "tools": {"components": [_ours()]},
            "component": _network(report["model"]),
        },
        "components": [*artifacts, *map(_library, packages)],
        "dependencies": _dependencies(artifacts, packages),
    }
    return {**content, "serialNumber": _serial(content)}


def _serial(content: Mapping[str, Any]) -> str:
    """Of the content itself, so that it is the same for the same content."""
    canonical = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, canonical)}"


def _extras(report: Mapping[str, Any]) -> list[str]:
    """Those that bring the formats of this export."""
    targets = (t for entry in report["artifacts"] for t in FORMATS[entry["format"]].packages.values())
    return sorted({target.partition("[")[2].rstrip("]") for target in targets if "[" in target})


def _ours() -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": US,
        "name": "fastscnn-mobile",
        "version": __version__,
        "purl": US,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }


def _network(model: Mapping[str, Any]) -> dict[str, Any]:
    """The checkpoint: the subject of the document."""
    return {
        "type": "machine-learning-model",
        "bom-ref": NETWORK,
        "name": model["checkpoint"],
        "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
        "modelCard": {
            "modelParameters": {
                "task": TASK,
                "architectureFamily": "convolutional neural network",
                "modelArchitecture": "Fast-SCNN",
                "inputs": [{"format": "image"}],
                "outputs": [{"format": f"one of {len(model['classes'])} classes a pixel"}],
            },
            "considerations": {"technicalLimitations": list(model["warnings"])},
        },
        "properties": _properties({"layout": model["layout"], "trained": str(model["trained"]).lower()}),
    }


def _artifact(entry: Mapping[str, Any], path: Path, model: Mapping[str, Any]) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"artifact:{entry['file']}",
        "name": entry["file"],
        "pedigree": {
            "ancestors": [
                {
                    "type": "machine-learning-model",
                    "name": model["checkpoint"],
                    "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
                }
            ]
        },
        "properties": _properties({"format": entry["format"], "precision": entry["precision"]}),
    }
    if path.is_dir():
        # a package has no bytes of its own: its files have
        component["components"] = [_file(entry["file"], path, file) for file in files_of(path)]
    else:
        component["hashes"] = [{"alg": "SHA-256", "content": entry["sha256"]}]
    return component


def _file(package: str, folder: Path, file: Path) -> dict[str, Any]:
    name = f"{package}/{file.relative_to(folder).as_posix()}"
    return {
        "type": "file",
        "bom-ref": f"file:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest(file)}],
    }


def _library(package: Installed) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        # it wrote or checked the artifacts, and is no part of them
        "scope": "excluded",
        "purl": package.purl,
    }
    if package.licence.spdx:
        component["licenses"] = [{"expression": package.licence.spdx}]
    elif package.licence.words:
        component["licenses"] = [{"license": {"name": package.licence.words}}]
    return component


def _dependencies(artifacts: Iterable[Mapping[str, Any]], packages: Iterable[Installed]) -> list[Any]:
    by_name = {package.purl.removeprefix("pkg:pypi/").partition("@")[0]: package for package in packages}
    return [
        {"ref": NETWORK},
        *({"ref": artifact["bom-ref"], "dependsOn": [NETWORK]} for artifact in artifacts),
        *(
            {"ref": package.purl, "dependsOn": sorted(by_name[need].purl for need in package.needs)}
            for package in by_name.values()
        ),
    ]


def _properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"fastscnn:{key}", "value": value} for key, value in values.items()]
