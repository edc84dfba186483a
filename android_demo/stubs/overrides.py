"""Overriding methods, which an API's text leaves out: a class that is not abstract has them all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from android_demo.stubs.api_text import Declared, Member, everything


def complete(classes: Sequence[Declared]) -> None:
    """Gives each such class what its parents only promise."""
    by_name = dict(everything(classes))
    for declared in by_name.values():
        if declared.kind == "class" and "abstract" not in declared.modifiers:
            declared.members.extend(_promised(declared, by_name))


def _promised(declared: Declared, by_name: dict[str, Declared]) -> Iterator[Member]:
    kept = {_signature(member) for member in declared.members}
    for parent in _parents(declared, by_name):
        for member in parent.members:
            if _signature(member) in kept:
                continue
            kept.add(_signature(member))
            if member.kind == "method" and "abstract" in member.modifiers and not _open(member, parent):
                yield replace(member, modifiers=tuple(m for m in member.modifiers if m != "abstract"))


def _parents(declared: Declared, by_name: dict[str, Declared]) -> Iterator[Declared]:
    """The nearest first."""
    while declared.extends and (parent := by_name.get(declared.extends[0].partition("<")[0])):
        yield parent
        declared = parent


def _open(member: Member, parent: Declared) -> bool:
    """Whether it has types that a class below has filled in: then the text does not leave it out."""
    variables = set(re.findall(r"\b[A-Z]\w?\b", parent.generics))
    return any(
        variables & set(re.findall(r"\w+", kind.java)) for kind in (member.returns, *member.parameters)
    )


def _signature(member: Member) -> tuple[str, ...]:
    return member.name, *(parameter.java for parameter in member.parameters)
