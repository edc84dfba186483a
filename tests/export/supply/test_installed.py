"""Licences, as packages say them in a dozen ways."""

from __future__ import annotations

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from export.supply import constraints, licences
from export.supply.installed import Licence, licence

THREE = "Redistribution and use in source and binary forms ...\n Neither the name of the holder"
APACHE = "Classifier: License :: OSI Approved :: Apache Software License"
SAID = {
    "an expression": (
        "License-Expression: MIT AND (Apache-2.0 OR BSD-2-Clause)",
        "",
        "MIT AND (Apache-2.0 OR BSD-2-Clause)",
    ),
    "a word": ("License: Apache 2.0", "", "Apache-2.0"),
    "a classifier": (APACHE, "", "Apache-2.0"),
    "three clauses": ("Classifier: License :: OSI Approved :: BSD License", THREE, "BSD-3-Clause"),
    "two clauses": ("License: BSD", "Redistribution and use in source and binary forms ...", "BSD-2-Clause"),
}


def said(folder: Path, header: str, text: str = "") -> Licence:
    info = folder / "brittle-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: brittle\nVersion: 1\n{header}\n")
    (info / "LICENSE.txt").write_text(text)
    (info / "RECORD").write_text("brittle-1.dist-info/LICENSE.txt,,\n")
    return licence(PathDistribution(info))


@pytest.mark.parametrize("how", SAID)
def test_a_licence_becomes_spdx_where_it_is_certain(how: str, tmp_path: Path) -> None:
    header, text, wanted = SAID[how]
    assert said(tmp_path, header, text) == Licence(spdx=wanted)


def test_what_is_not_certain_is_left_in_its_own_words(tmp_path: Path) -> None:
    found = said(tmp_path, "License: see the file", "All rights reserved")
    assert (found.spdx, str(found)) == ("", "see the file")


def test_nothing_said_is_said(tmp_path: Path) -> None:
    assert str(said(tmp_path, "Summary: brittle")) == "not said"


def test_the_table_names_every_dependency() -> None:
    rows = licences.table(licences.EXTRAS).splitlines()[2:]
    names = {row.split(" | ")[0].removeprefix("| ") for row in rows}
    assert {"numpy", "torch", "onnx", "pytest", "ruff"} <= names
    assert all(row.count("|") == 4 for row in rows)


def test_constraints_hold_versions_and_nothing_of_this_machine() -> None:
    lines = [line for line in constraints.text().splitlines() if not line.startswith("#")]
    assert any(line.startswith("torch==2.13") for line in lines)
    for line in lines:
        requirement, _, marker = line.partition("; ")
        assert marker.startswith("python_version == ")
        assert not set(requirement) & set("/@+ "), line
