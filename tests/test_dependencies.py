"""Dependencies: bounded above with a reason, and the exact versions of `make setup` within the bounds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
US = "fastscnn-mobile"
EXACT = ("ruff", "mypy")
"""Another version of these judges the same code otherwise."""


def requirements() -> Iterator[Requirement]:
    extras = chain.from_iterable(PROJECT["optional-dependencies"].values())
    return (need for need in map(Requirement, chain(PROJECT["dependencies"], extras)) if need.name != US)


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    needs = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(need.name): str(need.specifier).removeprefix("==") for need in needs}


def test_every_dependency_has_an_upper_bound() -> None:
    for need in requirements():
        assert {specifier.operator for specifier in need.specifier} & {"<", "=="}, str(need)


def test_every_upper_bound_of_a_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    before = ""
    for line in block[1].splitlines():
        if '"' in line and "#" not in line:
            assert before.strip().startswith("# "), f"no reason above {line.strip()}"
        before = line


def test_exact_versions_lie_within_the_bounds_and_leave_nothing_out() -> None:
    versions = pinned()
    for need in requirements():
        assert need.specifier.contains(versions[canonicalize_name(need.name)], prereleases=True), str(need)


def test_tools_that_judge_style_are_exact() -> None:
    exact = {need.name for need in requirements() if str(need.specifier).startswith("==")}
    assert set(EXACT) <= exact


def test_exact_versions_hold_nothing_of_a_machine_or_an_index() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"://|^-|file:|@", text, re.MULTILINE)
