"""A verification for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def lines(document: Mapping[str, Any], *, brief: bool) -> Iterator[str]:
    """Everything; brief: what is not proved or differs."""
    for artifact in document["artifacts"]:
        if brief:
            yield from (f"{artifact['file']}: NOT proved: {missing}" for missing in artifact["not_proved"])
            continue
        yield f"{artifact['file']}"
        yield f"  made by fastscnn-mobile {artifact['made_by'] or '(not said)'}, sha256 {artifact['sha256']}"
        for proved in artifact["proved"]:
            yield f"  proved: {proved}"
        parity = artifact["parity"]
        if parity is not None:
            yield f"  labels agree {parity['label_agreement']:.4%} with {_with(parity)}"
        for missing in artifact["not_proved"]:
            yield f"  NOT proved: {missing}"
    named = [artifact["file"] for artifact in document["artifacts"]] + document["documents"]
    wrong = document["differences"]
    if not wrong and not brief:
        yield f"{document['folder']}: {len(named)} files are as the manifest says, and there is no other."
    for difference in wrong:
        yield f"DIFFERS: {difference['file']}: {difference['message']}"


def _with(parity: Mapping[str, Any]) -> str:
    return str(parity.get("label_agreement_against", parity["against"]))
