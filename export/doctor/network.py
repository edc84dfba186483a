"""The embedded network: whether it is whole, and its integers are those of its floats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from export.doctor.child import Answer
from export.doctor.finding import Finding

CHECK = "network"
QUESTION = ("network",)
AGAIN = "pip install --force-reinstall --no-deps fastscnn-mobile"


def findings(answers: Mapping[tuple[str, ...], Answer]) -> Iterator[Finding]:
    answer = answers[QUESTION]
    if not answer.good:
        yield Finding(CHECK, "camvid", "broken", f"cannot be read: {answer.error}", AGAIN)
        return
    found = answer.value
    if found["int8_made_of"] != found["float"]:
        message = (
            f"camvid.int8.safetensors was made of a network of sha256 {found['int8_made_of']}, but"
            f" camvid.safetensors has {found['float']}: one of them was replaced."
        )
        yield Finding(CHECK, "camvid", "broken", message, AGAIN)
        return
    for name, key in (("camvid.safetensors", "float"), ("camvid.int8.safetensors", "int8")):
        yield Finding(CHECK, name, "ok", f"sha256 {found[key]}")
