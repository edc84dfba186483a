"""Code that can be pasted, for each platform that an artifact runs on: templates filled from its metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from export.page.literals import LITERALS
from export.page.meeting import Meeting, meeting

WIDTH = 100
INDENT = "   "
"""A blank comes before every name."""


@dataclass(frozen=True)
class Language:
    """One template, and where its code runs."""

    name: str
    """As the literals' table has it."""
    title: str
    template: str


LANGUAGES: dict[str, tuple[Language, ...]] = {
    "tflite": (
        Language("kotlin", "Kotlin, Android", "kotlin_tflite.kt.j2"),
        Language("swift", "Swift, iOS", "swift_tflite.swift.j2"),
        Language("python", "Python", "python_tflite.py.j2"),
        Language("cpp", "C++", "cpp_tflite.cpp.j2"),
    ),
    "onnx": (
        Language("python", "Python", "python_onnx.py.j2"),
        Language("cpp", "C++", "cpp_onnx.cpp.j2"),
        Language("kotlin", "Kotlin, Android", "kotlin_onnx.kt.j2"),
    ),
    "coreml": (
        Language("swift", "Swift, iOS and macOS", "swift_coreml.swift.j2"),
        Language("python", "Python, on a Mac", "python_coreml.py.j2"),
    ),
}
"""By format, the most likely first."""


@dataclass(frozen=True)
class Snippet:
    language: Language
    code: str


def snippets(artifact: Mapping[str, Any], model: Mapping[str, Any], form: str) -> list[Snippet]:
    """For every language of the artifact's format."""
    met = meeting(artifact, model, form)
    return [Snippet(language, code(met, language)) for language in LANGUAGES[artifact["format"]]]


def code(met: Meeting, language: Language) -> str:
    literal = LITERALS[language.name]
    template = _environment().get_template(language.template)
    rendered = template.render(
        m=met,
        text=literal,
        floats=_floats,
        listed=lambda before, after: _listed([literal(name) for name in met.classes], before, after),
    )
    return rendered.strip() + "\n"


@cache
def _environment() -> Environment:
    # code, not HTML: the page escapes it as a whole
    environment = Environment(
        loader=PackageLoader("export.page", "snippets"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plus": _plus, "minus": lambda number: _plus(-number)}
    return environment


def _plus(number: int) -> str:
    """As the end of a sum."""
    return f"- {-number}" if number < 0 else f"+ {number}"


def _floats(values: Sequence[float]) -> str:
    """As float literals of C++ and Kotlin."""
    return ", ".join(f"{float(value)!r}f" for value in values)


def _listed(names: Sequence[str], before: str, after: str) -> str:
    """A list's literal, wrapped between names where it is long."""
    line = f"{before}{', '.join(names)}{',' if len(names) == 1 else ''}{after}"
    if len(line) <= WIDTH - len("static const char *const CLASSES[] = "):
        return line
    lines = [INDENT]
    for name in names:
        if len(lines[-1]) + len(name) >= WIDTH and lines[-1] != INDENT:
            lines.append(INDENT)
        lines[-1] += f" {name},"
    return "\n".join([before, *lines, after])
