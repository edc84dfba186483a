"""Packages that this one stands on, and those that they stand on: versions and licences, as they say."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import Distribution, PackageNotFoundError
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

US = "fastscnn-mobile"
BSD = "License :: OSI Approved :: BSD License"
BEGINNING = 3000
"""Letters of a licence's file: what follows may be of other code that it carries."""


@dataclass(frozen=True)
class Licence:
    """An SPDX expression, or else the package's own words."""

    spdx: str = ""
    words: str = ""

    def __str__(self) -> str:
        return self.spdx or self.words or "not said"


@dataclass(frozen=True)
class Installed:
    """One package."""

    name: str
    version: str
    licence: Licence
    needs: tuple[str, ...]
    """Canonical names of those of its requirements that are installed."""

    @property
    def purl(self) -> str:
        # a local version (+cpu) is percent-encoded in a package URL
        return f"pkg:pypi/{canonicalize_name(self.name)}@{self.version.replace('+', '%2B')}"


def closure(extras: Iterable[str] = ()) -> list[Installed]:
    """Everything installed that fastscnn-mobile and these of its extras need, by name; ours is left out."""
    waiting = [(US, tuple(extras))]
    found: dict[str, Installed] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (canonicalize_name(name), wanted) in seen:
            continue
        seen.add((canonicalize_name(name), wanted))
        try:
            distribution = importlib.metadata.distribution(name)
        except PackageNotFoundError:
            continue
        needs = list(_needs(distribution, wanted))
        waiting.extend((need.name, tuple(sorted(need.extras))) for need in needs)
        found[canonicalize_name(name)] = _described(distribution, needs)
    found.pop(US, None)
    return [
        Installed(one.name, one.version, one.licence, tuple(sorted(set(one.needs) & found.keys())))
        for _, one in sorted(found.items())
    ]


def _needs(distribution: Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    for line in distribution.requires or ():
        try:
            need = Requirement(line)
        except InvalidRequirement:
            continue
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield need


def _described(distribution: Distribution, needs: Iterable[Requirement]) -> Installed:
    return Installed(
        distribution.metadata["Name"],
        distribution.version,
        licence(distribution),
        tuple(canonicalize_name(need.name) for need in needs),
    )


def licence(distribution: Distribution) -> Licence:
    """What a package's metadata says, as SPDX where that is certain."""
    metadata, known = distribution.metadata, _texts()
    for expression in metadata.get_all("License-Expression") or ():
        return Licence(spdx=expression)
    first = next(iter("".join(metadata.get_all("License") or ()).strip().splitlines()), "")
    if first in known["words"]:
        return Licence(spdx=known["words"][first])
    classified = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    sure = {known["classifiers"][line] for line in classified if line in known["classifiers"]}
    if sure and len(sure) == len(set(classified)):
        return Licence(spdx=" AND ".join(sorted(sure)))
    if first == "BSD" or set(classified) == {BSD}:
        return _bsd(distribution)
    return Licence(words=", ".join(line.split(" :: ")[-1] for line in classified) or first)


def _bsd(distribution: Distribution) -> Licence:
    """Two clauses or three: by the text that the package carries, where its metadata leaves it open."""
    for file in distribution.files or ():
        if not file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            continue
        try:
            text = " ".join(file.locate().read_text(errors="replace")[:BEGINNING].split())  # type: ignore[attr-defined]
        except OSError:
            continue
        if "Redistribution and use in source and binary forms" in text:
            return Licence(spdx="BSD-3-Clause" if "either the name" in text else "BSD-2-Clause")
    return Licence(words="BSD, two or three clauses")


@cache
def _texts() -> dict[str, Any]:
    file = resources.files("export.supply").joinpath("licences.json")
    content: dict[str, Any] = json.loads(file.read_text())
    return content
