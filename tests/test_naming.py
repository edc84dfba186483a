"""Names of classes: what people write, and what acts where it is shown."""

from __future__ import annotations

import pytest

from fastscnn.naming import complaint


@pytest.mark.parametrize(
    "name",
    [
        "road",
        "tv/monitor",
        "height < 2 m & wide",
        "\"car\", 'truck'",
        "Fußgänger",
        "道路",
        "a -> b",
        "50..60 km/h",
    ],
)
def test_names_that_people_give(name: str) -> None:
    assert complaint(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (7, "is no text"),
        ("x" * 101, "has 101 characters"),
        ("\x1b[2J", "control characters"),
        ("sky\u202egpj.exe", "control characters"),
        ("ro\u200bad", "control characters"),
        ("road\nsky", "control characters"),
        ("\ud800", "control characters"),
        ("../../etc/passwd", "is a path"),
        ("a/../b", "is a path"),
        ("..", "is a path"),
        ("/etc/passwd", "is a path"),
        ("~/x", "is a path"),
        ("\\\\host\\share", "is a path"),
        ("C:\\Windows", "is a path"),
        ("<script>alert(1)</script>", "holds markup"),
        ("car <img src=x>", "holds markup"),
        ("<!-- x", "holds markup"),
    ],
)
def test_names_that_act(name: object, why: str) -> None:
    assert why in str(complaint(name))
