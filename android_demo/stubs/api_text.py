"""The framework's API as Android writes it down (`current.txt`, signature format 2), read into classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

VISIBILITY = frozenset({"public", "protected", "private"})
MODIFIERS = VISIBILITY | {"static", "final", "abstract", "default", "sealed", "strictfp"}
MODIFIERS |= {"synchronized", "native", "transient", "volatile"}
KINDS = frozenset({"class", "interface", "enum", "@interface"})
NULLNESS = {"@NonNull": False, "@Nullable": True}
ANNOTATION = re.compile(r"@(?!interface\b)[\w.]+")


@dataclass(frozen=True)
class Type:
    """As Java writes it; `nullable` is None where the text does not say."""

    java: str
    nullable: bool | None = None


@dataclass(frozen=True)
class Member:
    """A constructor, method, field or constant; `returns` is the type of a field too."""

    kind: str
    name: str
    modifiers: tuple[str, ...] = ()
    generics: str = ""
    returns: Type = Type("void")
    parameters: tuple[Type, ...] = ()
    throws: str = ""
    value: str | None = None
    """What a constant field is, or an annotation's element by default."""


@dataclass
class Declared:
    """A class, interface, enum or annotation, with what is declared inside."""

    package: str
    name: str
    """Without the classes around it."""
    kind: str
    modifiers: tuple[str, ...]
    generics: str = ""
    extends: tuple[str, ...] = ()
    implements: tuple[str, ...] = ()
    members: list[Member] = field(default_factory=list)
    nested: list[Declared] = field(default_factory=list)


def read(text: str) -> list[Declared]:
    """The outermost classes, each with its own inside; ValueError names a line that is not understood."""
    package, inside = "", ""
    by_name: dict[str, Declared] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words.startswith("//"):
            continue
        try:
            if words.startswith("package "):
                package = without_annotations(words)[0].split()[1]
            elif words == "}":
                continue
            elif words.endswith("{"):
                inside, declared = _class(package, words[:-1])
                by_name[f"{package}.{inside}"] = declared
            else:
                by_name[f"{package}.{inside}"].members.append(_member(words))
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(f"line {number} is not understood: {words}") from error
    return _nested(by_name)


def _nested(by_name: dict[str, Declared]) -> list[Declared]:
    outermost: list[Declared] = []
    for full_name, declared in by_name.items():
        outer = by_name.get(full_name.rpartition(".")[0])
        (outermost if outer is None else outer.nested).append(declared)
    return outermost


def _class(package: str, line: str) -> tuple[str, Declared]:
    words = _split(without_annotations(line)[0], " ")
    kind_at = next(place for place, word in enumerate(words) if word in KINDS)
    name, generics = _generic(words[kind_at + 1])
    parts: dict[str, list[str]] = {"extends": [], "implements": []}
    current: list[str] = []
    for word in words[kind_at + 2 :]:
        if word in parts:
            current = parts[word]
        else:
            current.append(word.rstrip(","))
    declared = Declared(
        package,
        name.rpartition(".")[2],
        words[kind_at],
        tuple(word for word in words[:kind_at] if word in MODIFIERS),
        generics,
        tuple(parts["extends"]),
        tuple(parts["implements"]),
    )
    return name, declared


def _member(line: str) -> Member:
    kind, _, rest = line.partition(" ")
    if kind in ("field", "enum_constant", "property"):
        return _field(kind, rest)
    if kind not in ("method", "ctor"):
        raise ValueError(kind)
    opening = _opening(rest)
    inside, tail = _closed(rest[opening:].rstrip(";"))
    head, nullable = without_annotations(rest[:opening])
    words = _split(head, " ")
    modifiers = tuple(word for word in words if word in MODIFIERS)
    words = [word for word in words if word not in MODIFIERS]
    generics = words.pop(0) if words[0].startswith("<") else ""
    returns = Type("void") if kind == "ctor" else Type(words[0], nullable)
    after = _split(without_annotations(tail)[0], " ")
    throws = " ".join(after[after.index("throws") + 1 :]) if "throws" in after else ""
    value = None
    if "default" in after:
        value, throws = tail.partition("default")[2].strip(), ""
    parameters = tuple(_parameter(part) for part in _split(inside, ",") if part.strip())
    return Member(kind, words[-1].rpartition(".")[2], modifiers, generics, returns, parameters, throws, value)


def _field(kind: str, rest: str) -> Member:
    declared, _, value = rest.partition(" = ")
    declared, nullable = without_annotations(declared.split(";")[0])
    words = _split(declared, " ")
    modifiers = tuple(word for word in words if word in MODIFIERS)
    type_name, name = [word for word in words if word not in MODIFIERS][:2]
    constant = value.rpartition(";")[0] if value else None
    return Member(kind, name, modifiers, returns=Type(type_name, nullable), value=constant)


def _parameter(text: str) -> Type:
    plain, nullable = without_annotations(text)
    words = [word for word in _split(plain, " ") if word not in MODIFIERS]
    return Type(words[0], nullable)


def without_annotations(text: str) -> tuple[str, bool | None]:
    """The text with every annotation and its arguments left out, and what the first of them says of null."""
    kept, place, nullable = [], 0, None
    while found := ANNOTATION.search(text, place):
        kept.append(text[place : found.start()])
        if nullable is None:
            nullable = NULLNESS.get(found.group())
        place = found.end()
        if text[place : place + 1] == "(":
            place = len(text) - len(_closed(text[place:])[1])
    kept.append(text[place:])
    return " ".join("".join(kept).split()), nullable


def _opening(text: str) -> int:
    """Where a method's parameters begin: no annotation's bracket."""
    place = 0
    while True:
        bracket = text.index("(", place)
        if not re.search(r"@[\w.]+$", text[:bracket]):
            return bracket
        place = len(text) - len(_closed(text[bracket:])[1])


def _closed(text: str) -> tuple[str, str]:
    """What is inside the bracket that the text begins with, and what follows it; strings may hold any."""
    depth, quoted = 0, False
    for place, letter in enumerate(text):
        if letter == '"' and text[place - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return text[1:place], text[place + 1 :]
    raise ValueError("a bracket stays open")


def _generic(name: str) -> tuple[str, str]:
    plain, bracket, rest = name.partition("<")
    return plain, bracket + rest


def _split(text: str, at: str) -> list[str]:
    """At every `at` that stands outside <> and ()."""
    return [part for part in _parts(text, at) if part.strip()]


def _parts(text: str, at: str) -> Iterator[str]:
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "<(") - (letter in ">)")
        if letter == at and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def everything(classes: Sequence[Declared], around: str = "") -> Iterator[tuple[str, Declared]]:
    """Every class by its own name, with its package and the classes around it."""
    for declared in classes:
        name = f"{around or declared.package}.{declared.name}"
        yield name, declared
        yield from everything(declared.nested, name)
