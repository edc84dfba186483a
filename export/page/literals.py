"""Text as a string literal of a programming language: whatever a class or a file is called, it stays text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

QUOTED = {'"': '\\"', "\\": "\\\\"}
KOTLIN_QUOTED = {**QUOTED, "$": "\\$"}
Escape = Callable[[str], str]


def python(text: str) -> str:
    return _literal(text, QUOTED, lambda c: f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else f"\\u{ord(c):04x}")


def kotlin(text: str) -> str:
    return _literal(text, KOTLIN_QUOTED, lambda c: "".join(f"\\u{unit:04x}" for unit in _utf16(c)))


def swift(text: str) -> str:
    # Swift strings hold no halves of surrogate pairs
    return _literal(text, QUOTED, lambda c: f"\\u{{{0xFFFD if 0xD800 <= ord(c) < 0xE000 else ord(c):x}}}")


def cpp(text: str) -> str:
    # three octal digits end by themselves, where a digit may follow
    return _literal(text, QUOTED, lambda c: "".join(f"\\{byte:03o}" for byte in _utf8(c)))


LITERALS: dict[str, Escape] = {"python": python, "kotlin": kotlin, "swift": swift, "cpp": cpp}


def _literal(text: str, quoted: dict[str, str], escape: Escape) -> str:
    """Printable ASCII stays as it is, `?` escaped nowhere needs no care: trigraphs are no more."""
    inside = (quoted.get(c) or (c if " " <= c <= "~" else escape(c)) for c in text)
    return f'"{"".join(inside)}"'


def _utf8(character: str) -> bytes:
    return character.encode("utf-8", "replace")


def _utf16(character: str) -> Iterator[int]:
    units = character.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
