"""The shipped int8 network is that of the shipped float one, and its card says what its record says."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import pytest

from fastscnn.graph import file
from quantize import card

WEIGHTS = Path(str(resources.files("fastscnn.weights")))
SHIPPED = WEIGHTS / "camvid.int8.safetensors"


def test_the_shipped_integers_were_made_of_the_shipped_network() -> None:
    made_of = file.load(SHIPPED).info.checkpoint_sha256
    assert made_of == hashlib.sha256((WEIGHTS / "camvid.safetensors").read_bytes()).hexdigest(), (
        "run make weights-int8"
    )


def test_the_card_says_what_the_file_records() -> None:
    text = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    assert card.updated(text, SHIPPED) == text, "run make weights-int8"


def test_a_section_holds_digest_and_figures() -> None:
    figures = file.load(SHIPPED).record["figures"]
    text = card.section(SHIPPED)
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() in text
    assert f"| int8 | {figures['int8']['miou']:.4f} |" in text
    assert f"{figures['int8']['per_class']['Car']:.4f}" in text


def test_what_stands_around_the_section_stays() -> None:
    text = f"before\n{card.BEGIN}old\n{card.END}after\n"
    made = card.updated(text, SHIPPED)
    assert made.startswith(f"before\n{card.BEGIN}`camvid.int8.safetensors`")
    assert made.endswith(f"{card.END}after\n")
    assert "old" not in made


def test_a_card_without_the_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        card.updated("# A card\n", SHIPPED)
