"""Classes that an API's text names but does not declare: those of Android's separately updated modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from android_demo.stubs.api_text import Declared, everything

NAME = re.compile(r"[a-z]\w*(?:\.\w+)*\.[A-Z]\w*(?:\.[A-Z]\w*)*")
FROM_JAVA = ("java.", "javax.", "org.w3c.", "org.xml.sax.")
"""What every Java has."""
PARCELABLE = "android.os.Parcelable"
"""What most of those modules' classes are, and type parameters ask for."""


class Missing:
    """Empty classes, made up so that what mentions them compiles."""

    def __init__(self, classes: Sequence[Declared]) -> None:
        self._known = dict(everything(classes))
        self._implemented = {name for c in self._known.values() for name in _interfaces(c)}
        self._thrown = {name for c in self._known.values() for m in c.members for name in m.throws.split()}
        self._empty: dict[str, Declared] = {}

    def classes(self) -> list[Declared]:
        for declared in self._known.values():
            for text in _types(declared):
                for found in NAME.finditer(text):
                    self._declare(found.group(), _arguments(text[found.end() :]))
        return [empty for name, empty in self._empty.items() if name.rpartition(".")[0] not in self._empty]

    def _declare(self, name: str, arguments: int) -> None:
        if name in self._known or name in self._empty or name.startswith(FROM_JAVA):
            return
        outer, _, own = name.rpartition(".")
        nested = outer.rpartition(".")[2][:1].isupper()
        if nested:
            self._declare(outer, 0)
        self._empty[name] = Declared(
            package=".".join(part for part in name.split(".") if part[0].islower()),
            name=own,
            kind="interface" if name in self._implemented else "class",
            modifiers=("public", "static", "abstract") if nested else ("public", "abstract"),
            generics=f"<{', '.join(f'T{place}' for place in range(arguments))}>" if arguments else "",
            extends=("java.lang.Exception",) if name in self._thrown else (),
            implements=(PARCELABLE,) if PARCELABLE in self._known else (),
        )
        if nested:
            self._empty[outer].nested.append(self._empty[name])


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


def _types(declared: Declared) -> Iterator[str]:
    """Everywhere in a class where another may be named."""
    yield declared.generics
    yield from (*declared.extends, *declared.implements)
    for member in declared.members:
        yield from (member.generics, member.returns.java, member.throws)
        yield from (parameter.java for parameter in member.parameters)
