"""The mIoU of an artifact, where a document beside it gives one: an export's report or an evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fastscnn import bounded


def known(documents: Iterable[Any]) -> dict[str, float]:
    """mIoU by the artifact's sha256, from report.json and from what fastscnn-eval prints."""
    found: dict[str, float] = {}
    for document in documents:
        found.update(_scores(document))
    return found


def beside(files: Iterable[Path]) -> Iterator[Any]:
    """The JSON documents in these files' folders."""
    for folder in sorted({file.resolve().parent for file in files}):
        for path in sorted(folder.glob("*.json")):
            try:
                yield json.loads(bounded.text(path, bounded.DOCUMENT))
            except (OSError, ValueError, RecursionError):
                # not ours to judge: other people's files lie there too
                continue


def _scores(document: Any) -> Iterator[tuple[str, float]]:
    if not isinstance(document, dict):
        return
    model = document.get("model")
    if "miou" in document and isinstance(model, dict):
        yield from _score(model.get("sha256"), document["miou"])
    artifacts = document.get("artifacts")
    for artifact in artifacts if isinstance(artifacts, list) else ():
        parity = artifact.get("parity") if isinstance(artifact, dict) else None
        score = parity.get("score") if isinstance(parity, dict) else None
        if isinstance(score, dict) and isinstance(score.get("int8"), dict):
            yield from _score(artifact.get("sha256"), score["int8"].get("miou"))


def _score(sha256: Any, miou: Any) -> Iterator[tuple[str, float]]:
    if isinstance(sha256, str) and isinstance(miou, (int, float)):
        yield sha256, float(miou)
