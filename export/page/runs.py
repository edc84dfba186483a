"""Every runtime that an artifact was run in, end to end: the worst of its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AGREEMENTS = ("label_agreement", "label_agreement_float", "label_agreement_oracle")
"""With the float network first; what a picture has depends on what its file was judged by."""


@dataclass(frozen=True)
class Run:
    runtime: str
    gates: bool
    verdict: str
    agreement: float | None
    difference: float | None
    """Of float files: of the logits' range."""


def runs(report: Mapping[str, Any]) -> dict[str, list[Run]]:
    """By file."""
    return {
        artifact["file"]: [_run(runtime) for runtime in artifact["parity"]["runtimes"]]
        for artifact in report["artifacts"]
    }


def _run(runtime: Mapping[str, Any]) -> Run:
    pictures = runtime.get("pictures", ())
    agreements = [found for picture in pictures if (found := _agreement(picture)) is not None]
    differences = [picture["max_difference"] for picture in pictures if "max_difference" in picture]
    return Run(
        runtime["runtime"],
        runtime["gate"],
        runtime["verdict"],
        min(agreements) if agreements else None,
        max(differences) if differences else None,
    )


def _agreement(picture: Mapping[str, Any]) -> float | None:
    return next((picture[key] for key in AGREEMENTS if picture.get(key) is not None), None)
