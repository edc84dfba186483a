"""The golden files in the repository are what the pipeline of today gives."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from typing import get_args

import numpy as np
import pytest

from export.forms import InputForm, OutputForm
from tests.android.golden import archive
from tests.android.golden.__main__ import FOLDER, everything
from tests.android.golden.archive import Entries
from tests.android.golden.cases import CASES
from tests.android.golden.frames import Fit

LARGEST = 3_000_000
INPUTS, OUTPUTS = get_args(InputForm), get_args(OutputForm)
REGENERATE = "make android-golden"
FLOAT_OUTPUTS = {case.name for case in CASES if case.form.precision != "int8"}
"""Their sums are rounded in another order on another CPU."""
TOLERANCE = 1e-5
"""Of the logits' range: what a float artifact may differ from PyTorch."""


@cache
def made() -> dict[str, Entries]:
    return dict(everything())


def committed() -> dict[str, Entries]:
    return {str(path.relative_to(FOLDER)): archive.unpacked(path) for path in sorted(FOLDER.rglob("*.zip"))}


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.zip")) < LARGEST


def test_every_form_that_a_file_can_have_is_among_them() -> None:
    forms = [case.form for case in CASES]
    assert {(form.input, form.output) for form in forms} == set(product(INPUTS, OUTPUTS))
    assert {form.precision for form in forms} == {"fp32", "fp16", "int8"}
    coarse = {(form.output, case.align_corners) for case in CASES if (form := case.form).stride == 8}
    assert coarse == set(product(OUTPUTS, (True, False)))
    ends = {(form.precision == "int8" and not form.float_output, form.stride) for form in forms}
    assert ends == set(product((True, False), (1, 8)))
    assert {case.layout.rotation for case in CASES} == {0, 90, 180, 270}
    assert {case.fit for case in CASES} == set(get_args(Fit))


@pytest.mark.slow
def test_there_is_one_for_each_case_and_no_other() -> None:
    assert sorted(made()) == sorted(committed()), REGENERATE


@pytest.mark.slow
def test_they_are_what_the_pipeline_gives() -> None:
    for name, case in committed().items():
        again = made()[name]
        facts = json.loads(case[archive.FACTS])
        machine_made = (
            {"output", "labels", "colours", archive.FACTS} if facts.get("name") in FLOAT_OUTPUTS else set()
        )
        for key in case.keys() - machine_made:
            assert case[key] == again[key], f"{name}: {key} is another now: {REGENERATE}"
        if machine_made and facts["output"]["dtype"] == "float32":
            first, second = (np.frombuffer(entries["output"], "<f4") for entries in (case, again))
            assert np.abs(first - second).max() <= TOLERANCE * np.ptp(first), f"{name}: {REGENERATE}"


@pytest.mark.slow
def test_the_same_case_is_the_same_bytes() -> None:
    name = "whole/phone.zip"
    assert archive.packed(made()[name]) == archive.packed(made()[name])
    assert archive.packed(made()[name]) == (FOLDER / name).read_bytes(), REGENERATE
