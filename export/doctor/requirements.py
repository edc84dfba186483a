"""What the package itself says it needs, and what is installed: from the metadata, no second list."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

US = "fastscnn-mobile"


@dataclass(frozen=True)
class Wanted:
    """A package, the versions that fit, and the extra that asks for it (none: always needed)."""

    name: str
    versions: str
    extra: str = ""

    @property
    def target(self) -> str:
        """As pip is told."""
        return f"'{self.name}{self.versions}'"

    def fits(self, version: str) -> bool:
        from packaging.specifiers import SpecifierSet
        from packaging.version import InvalidVersion

        try:
            return SpecifierSet(self.versions).contains(version, prereleases=True)
        except InvalidVersion:
            return False


def wanted() -> list[Wanted]:
    """Everything, extras too, that this Python and this system need."""
    metadata = importlib.metadata.metadata(US)
    extras = ("", *(metadata.get_all("Provides-Extra") or ()))
    return [
        Wanted(requirement.name, str(requirement.specifier), extra)
        for requirement in _requirements(metadata.get_all("Requires-Dist") or ())
        if requirement.name != US
        for extra in extras
        if _asks(requirement, extra)
    ]


def _requirements(lines: list[str] | tuple[()]) -> Iterator[Requirement]:
    from packaging.requirements import Requirement

    return (Requirement(line) for line in lines)


def _asks(requirement: Requirement, extra: str) -> bool:
    """Whether this extra, by itself, needs it; what is always needed is no extra's."""
    if requirement.marker is None:
        return not extra
    always = requirement.marker.evaluate({"extra": ""})
    return always if not extra else not always and requirement.marker.evaluate({"extra": extra})


def python_wanted() -> str:
    return "".join(importlib.metadata.metadata(US).get_all("Requires-Python") or ())


def found(name: str) -> str | None:
    """The installed version; None where it is not installed, or its metadata is damaged."""
    try:
        version: str | None = importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError, KeyError):
        return None
    return version or None


def in_use(all_wanted: list[Wanted], versions: Mapping[str, str | None]) -> set[str]:
    """Extras of which some package is installed that is not needed anyway."""
    needed = {want.name for want in all_wanted if not want.extra}
    own = [want for want in all_wanted if want.extra and want.name not in needed]
    return {want.extra for want in own if versions[want.name]}
