"""Numbers and strange text as people read them."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from export.page import words


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100%"),
        (0.0, "0%"),
        (0.9942, "99.42%"),
        (0.99999, "99.999%"),
        (0.000001, "0.0001%"),
        (1e-12, "less than 0.00001%"),
        (1 - 1e-12, "more than 99.99999%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.7389e9, "1.74 billion"), (1_111_211, "1.11 million"), (4212, "4,212")],
)
def test_large_numbers_have_a_word(value: float, text: str) -> None:
    assert words.counted(value) == text


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066", "\ud800", "\ufeff"])
def test_what_acts_instead_of_being_seen_is_made_visible(character: str) -> None:
    shown = words.visible(f"a{character}b")
    assert isinstance(shown, str)
    assert shown.isprintable()
    assert len(shown) == 3
    shown.encode()


def test_markup_and_numbers_pass() -> None:
    markup = Markup("<b>\x1b</b>")
    assert words.visible(markup) is markup
    assert words.visible(3) == 3


def test_backticks_become_code_and_html_stays_text() -> None:
    assert words.ticked("in: `<image>`, a & b") == "in: <code>&lt;image&gt;</code>, a &amp; b"
