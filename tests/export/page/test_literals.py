"""Any name is one string literal: it cannot end it, and it comes back as it was."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.page import literals
from export.page.literals import LITERALS

NASTY = [
    '"',
    "\\",
    '"); evil(); ("',
    "${evil()}",
    "\\(evil())",
    "\n",
    "\x00",
    "\x1b[31m",
    "??/",
    "é",
    "\U0001f697",
]
ANY = st.one_of(st.sampled_from(NASTY), st.text())
ESCAPE = re.compile(r'\\(?:"|\\|\$|[0-7]{3}|u[0-9a-f]{4}|U[0-9a-f]{8}|u\{[0-9a-f]+\})')


@pytest.mark.parametrize("language", LITERALS)
@given(text=ANY)
def test_nothing_inside_ends_the_literal(language: str, text: str) -> None:
    literal = LITERALS[language](text)
    assert re.fullmatch(r"[ -~]*", literal)
    inside = ESCAPE.sub("", literal[1:-1])
    assert literal[0] == literal[-1] == '"'
    assert not set('"\\') & set(inside)
    if language == "kotlin":
        assert "$" not in inside, "a template would be evaluated"


@given(ANY)
def test_python_reads_it_back(text: str) -> None:
    assert ast.literal_eval(literals.python(text)) == text


@given(ANY)
def test_kotlin_s_and_c_s_escapes_mean_the_text(text: str) -> None:
    kotlin = literals.kotlin(text)[1:-1].replace("\\$", "$")
    assert ast.literal_eval(f'"{kotlin}"').encode("utf-16", "surrogatepass").decode("utf-16", "replace") == (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
    bytes_ = ast.literal_eval(f'b"{literals.cpp(text)[1:-1]}"')
    assert bytes_ == text.encode("utf-8", "replace")
