"""The words that several commands share."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

import pytest

from fastscnn.errors import UsageError
from fastscnn.options import pairs_of, path, positive, share, size_of, whole


def test_words_that_are_right() -> None:
    assert whole("12") == 12
    assert positive("1e-3") == 0.001
    assert (share("0"), share("1"), share("0.5")) == (0.0, 1.0, 0.5)
    assert size_of("360X480") == (360, 480)
    assert path("a/b") == Path("a/b")
    assert pairs_of("--map", ["Sky = sky", "Car=car"], "Sky=sky") == {"Sky": "sky", "Car": "car"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((whole, text) for text in ("", "0", "-1", "1.5", "x", "9" * 30, "\u00b2")),
        *((positive, text) for text in ("", "0", "-1", "10", "nan", "x")),
        *((share, text) for text in ("", "-0.1", "1.1", "nan", "x")),
        (path, ""),
    ],
)
def test_words_that_argparse_is_to_refuse(kind: Callable[[str], object], text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        kind(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "360", "360x", "x480", "0x480", "-1x480", "36\u00b2x480", "9" * 12 + "x1"]
)
def test_a_size_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="--size"):
        size_of(text)


@pytest.mark.parametrize("pairs", [["a"], ["=b"], ["a="], ["a=1", "a=2"]])
def test_pairs_that_are_none(pairs: list[str]) -> None:
    with pytest.raises(UsageError, match="--map"):
        pairs_of("--map", pairs, "a=b")
