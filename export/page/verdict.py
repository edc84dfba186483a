"""The verdict, as facts: is it int8, is it right, how right. The words are the template's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from export.integer_gate import DRIFTING

Kind = Literal["int8", "mixed", "weights", "fp16", "fp32"]
EVALUATED = "not Apple's runtime"
"""Of the name of the one runtime that is none of the users'."""


@dataclass(frozen=True)
class Verdict:
    """Over all artifacts of a report: where they differ, the worst."""

    kind: Kind
    trained: bool
    convolutions: int
    int8_convolutions: int
    int8_tensors: int
    float_layers: tuple[str, ...]
    pictures: int
    agreement: float
    against: str
    max_difference: float | None
    """Of float files: of the logits' range. Of int8 ones: steps of a layer's scale."""
    limit: float
    layers: int
    differing_share: float
    evaluated: tuple[str, ...]
    """Files that were run in an evaluator of ours."""
    drifting: tuple[tuple[str, str], ...]
    """Files and the runtimes in which they compute something else than they say, on this CPU."""

    @property
    def integer(self) -> bool:
        return self.kind in ("int8", "mixed", "weights")

    @property
    def proven_in_integers(self) -> bool:
        """Whether layers were compared in steps."""
        return self.layers > 0 and self.kind in ("int8", "mixed")


def verdict(report: Mapping[str, Any]) -> Verdict:
    artifacts = report["artifacts"]
    parities = [artifact["parity"] for artifact in artifacts]
    runtimes = [(a["file"], r) for a in artifacts for r in a["parity"]["runtimes"]]
    held = [artifact["held"] for artifact in artifacts]
    worst = min(parities, key=lambda parity: parity["label_agreement"])
    differences = [p["max_difference"] for p in parities if p["max_difference"] is not None]
    return Verdict(
        kind=_kind(artifacts),
        trained=report["model"]["trained"],
        convolutions=min(h["convolutions"] for h in held),
        int8_convolutions=min(h["int8_convolutions"] for h in held),
        int8_tensors=min(h["int8_tensors"] for h in held),
        float_layers=tuple(sorted({name for h in held for name in h["float_layers"]})),
        pictures=max((len(r.get("pictures", ())) for _, r in runtimes), default=0),
        agreement=worst["label_agreement"],
        against=worst.get("label_agreement_against", worst["against"]),
        max_difference=max(differences) if differences else None,
        limit=min(p["limit"] for p in parities),
        layers=max(len(p.get("layers", ())) for p in parities),
        differing_share=max(p.get("differing_share", 0.0) for p in parities),
        evaluated=tuple(file for file, runtime in runtimes if EVALUATED in runtime["runtime"]),
        drifting=tuple(
            (file, runtime["runtime"])
            for file, runtime in runtimes
            if runtime["gate"] and any(_drifts(picture) for picture in runtime["pictures"])
        ),
    )


def _drifts(picture: Mapping[str, Any]) -> bool:
    return picture.get("label_agreement_oracle", 1.0) < DRIFTING


def _kind(artifacts: Sequence[Mapping[str, Any]]) -> Kind:
    """By what was read back from the files."""
    held = [artifact["held"] for artifact in artifacts]
    if all(h["int8_convolutions"] == 0 for h in held):
        return "fp16" if artifacts[0]["precision"] == "fp16" else "fp32"
    if all(h["int8_tensors"] == 0 for h in held):
        return "weights"
    complete = all(
        h["int8_convolutions"] == h["convolutions"] and not h["float_layers"] and h["int8_tensors"]
        for h in held
    )
    return "int8" if complete else "mixed"
