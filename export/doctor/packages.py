"""Versions found and wanted, whether each package can be imported, and which do not get along."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from export.doctor import requirements
from export.doctor.child import Answer
from export.doctor.finding import Finding, State
from export.doctor.requirements import US, Wanted
from fastscnn import __version__

CHECK = "packages"
INSTALL_US = f"pip install {US}, or in a checkout: pip install -e ."


@dataclass(frozen=True)
class Installed:
    """What is there, and what it is held against."""

    wanted: tuple[Wanted, ...]
    versions: Mapping[str, str | None]
    formats: frozenset[str]
    """That the user needs; an extra that brings a format is called like it."""
    in_use: frozenset[str]

    def needs(self, want: Wanted) -> bool:
        return not want.extra or want.extra in self.formats


def texts() -> dict[str, Any]:
    file = resources.files("export.doctor").joinpath("packages.json")
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def look(needed: Sequence[str]) -> Installed:
    """Reads metadata alone; imports none of them."""
    skipped = texts()["development"]
    wanted = [want for want in requirements.wanted() if want.extra not in skipped]
    versions = {want.name: requirements.found(want.name) for want in wanted}
    used = requirements.in_use(wanted, versions)
    return Installed(tuple(wanted), versions, frozenset(needed), frozenset(used))


def questions(installed: Installed) -> list[tuple[str, ...]]:
    """One import a package that is there."""
    return [_question(name) for name, version in installed.versions.items() if version is not None]


def findings(installed: Installed, answers: Mapping[tuple[str, ...], Answer]) -> Iterator[Finding]:
    yield from _ours()
    judged: set[str] = set()
    for want in installed.wanted:
        if want.name in judged and (not want.extra or installed.versions[want.name] is None):
            continue
        finding = _judged(want, installed, answers)
        # a package that several extras want is shown once, but for what does not fit
        if want.name not in judged or finding.state in ("warning", "broken"):
            yield finding
        judged.add(want.name)
    yield from _clashes()


def _ours() -> Iterator[Finding]:
    known = requirements.found(US)
    python = platform.python_version()
    wanted = requirements.python_wanted()
    if not Wanted("python", wanted).fits(python):
        yield Finding(CHECK, "python", "broken", f"{python}; {wanted} is needed.", "python3.11 -m venv .venv")
    else:
        yield Finding(CHECK, "python", "ok", f"{python} ({wanted})")
    if known != __version__:
        message = f"the installed metadata is of version {known}, the code of {__version__}."
        yield Finding(CHECK, US, "warning", message, INSTALL_US)
    else:
        yield Finding(CHECK, US, "ok", __version__)


def _judged(want: Wanted, installed: Installed, answers: Mapping[tuple[str, ...], Answer]) -> Finding:
    version = installed.versions[want.name]
    needed = installed.needs(want)
    trouble: State = "broken" if needed else "warning"
    if version is None:
        message = "is not installed"
        if want.extra:
            message += f": {texts()['extras'].get(want.extra, want.extra)}"
            remedy = f"pip install '{US}[{want.extra}]'"
        else:
            remedy = f"pip install {want.target}"
        return Finding(CHECK, want.name, "broken" if needed else "missing", f"{message}.", remedy)
    if not want.fits(version):
        if want.extra and want.extra not in installed.in_use | installed.formats:
            return Finding(CHECK, want.name, "ok", version)
        whose = f" for {want.extra}" if want.extra else ""
        message = f"{version} is installed; {want.versions}{whose} is wanted."
        return Finding(CHECK, want.name, trouble, message, f"pip install {want.target}")
    answer = answers[_question(want.name)]
    if not answer.good:
        message = f"{version} is installed, but cannot be imported: {answer.error}"
        return Finding(CHECK, want.name, trouble, message, f"pip install --force-reinstall {want.target}")
    return Finding(CHECK, want.name, "ok", f"{version} ({want.versions or 'any'})")


def _clashes() -> Iterator[Finding]:
    for clash in texts()["clashes"]:
        if all(requirements.found(name) for name in clash["packages"]):
            yield Finding(
                CHECK, " and ".join(clash["packages"]), clash["state"], clash["message"], clash["remedy"]
            )


def _question(name: str) -> tuple[str, ...]:
    return ("import", texts()["modules"].get(name, name.lower().replace("-", "_")))
