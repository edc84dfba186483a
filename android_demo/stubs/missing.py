"""Classes that an API's text names but does not declare: those of Android's separately updated modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from android_demo.stubs.api_text import Declared, full_names

NAME = re.compile(r"[a-z]\w*(?:\.\w+)*\.[A-Z]\w*(?:\.[A-Z]\w*)*")
FROM_JAVA = ("java.", "javax.", "org.w3c.", "org.xml.sax.")
"""What every Java has."""


def missing(classes: Sequence[Declared]) -> list[Declared]:
    """Empty ones, so that what mentions them compiles; interfaces where something implements them."""
    known = set(full_names(classes))
    implemented = {name for declared in _all(classes) for name in _interfaces(declared)}
    empty: dict[str, Declared] = {}
    for text in _types(classes):
        for found in NAME.finditer(text):
            name = found.group()
            if name in known or name.startswith(FROM_JAVA):
                continue
            arguments = _arguments(text[found.end() :])
            _declare(name, "interface" if name in implemented else "class", arguments, empty, known)
    return [declared for name, declared in empty.items() if name.rpartition(".")[0] not in empty]


def _declare(name: str, kind: str, arguments: int, empty: dict[str, Declared], known: set[str]) -> None:
    outer, _, own = name.rpartition(".")
    nested = outer.rpartition(".")[2][:1].isupper()
    if nested and outer in known:
        raise ValueError(f"{outer} is declared without its {own}")
    if nested and outer not in empty:
        _declare(outer, "class", 0, empty, known)
    if name in empty:
        return
    package = ".".join(part for part in name.split(".") if part[0].islower())
    modifiers = ("public", "static") if nested else ("public",)
    generics = f"<{', '.join(f'T{place}' for place in range(arguments))}>" if arguments else ""
    empty[name] = Declared(package, own, kind, modifiers, generics)
    if nested:
        empty[outer].nested.append(empty[name])


def _arguments(after: str) -> int:
    """How many types stand in the <> that follows a name, if one does."""
    if not after.startswith("<"):
        return 0
    depth, count = 0, 1
    for letter in after:
        depth += (letter == "<") - (letter == ">")
        count += letter == "," and depth == 1
        if depth == 0:
            break
    return count


def _interfaces(declared: Declared) -> Iterator[str]:
    parents = (*declared.implements, *(declared.extends if declared.kind == "interface" else ()))
    for parent in parents:
        yield parent.partition("<")[0]


def _types(classes: Sequence[Declared]) -> Iterator[str]:
    for declared in _all(classes):
        yield declared.generics
        yield from (*declared.extends, *declared.implements)
        for member in declared.members:
            yield from (member.generics, member.returns.java, member.throws)
            yield from (parameter.java for parameter in member.parameters)


def _all(classes: Sequence[Declared]) -> Iterator[Declared]:
    for declared in classes:
        yield declared
        yield from _all(declared.nested)
