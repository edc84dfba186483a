"""A model's classes and a data set's: by number, by name, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from fastscnn.data.class_names import matched
from fastscnn.errors import ClassesError

DATA = ("Sky", "Road", "Car")


def test_the_same_names_need_no_word() -> None:
    meaning = matched(("sky", "road", "car"), DATA)
    assert meaning.table.tolist() == [0, 1, 2]
    assert meaning.notes == ()


def test_other_names_are_matched_by_number_and_said() -> None:
    meaning = matched(("sky", "street", "car"), DATA)
    assert meaning.table.tolist() == [0, 1, 2]
    assert "street is Road" in meaning.notes[0]


def test_another_order_is_matched_by_name_and_said() -> None:
    meaning = matched(("car", "sky", "road"), DATA)
    assert meaning.of(np.array([[0, 1, 2]])).tolist() == [[2, 0, 1]]
    assert "another order" in meaning.notes[0]


def test_another_count_is_refused_with_both_and_the_way_out() -> None:
    with pytest.raises(ClassesError) as refusal:
        matched(("sky", "road", "car", "void"), DATA)
    assert "4 classes (sky, road, car, void)" in refusal.value.message
    assert "3 (Sky, Road, Car)" in refusal.value.message
    assert "--map names" in refusal.value.remedy


def test_by_names_where_it_is_meant() -> None:
    meaning = matched(("void", "sky", "road", "truck"), DATA, {"truck": "Car"})
    assert meaning.table.tolist() == [meaning.outside, 0, 1, 2]
    assert meaning.notes == ("Not in the data set, so always wrong: void.",)
    fewer = matched(("sky", "road"), DATA, {})
    assert fewer.notes == ("Not in the model, so never found: Car.",)


@pytest.mark.parametrize(
    ("wishes", "complaint"),
    [
        ({"lorry": "Car"}, "the model has no class 'lorry'"),
        ({"sky": "Heaven"}, "the data set has no class 'Heaven'"),
    ],
)
def test_a_name_that_nobody_has(wishes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ClassesError, match=complaint):
        matched(("sky", "road"), DATA, wishes)


def test_nothing_in_common() -> None:
    with pytest.raises(ClassesError, match="No class of the model"):
        matched(("a", "b"), DATA, {})
