"""How outputs of two machines are compared."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.arm.difference import Array, difference


def floats(*values: float) -> Array:
    return np.array(values, np.float32)


def test_equal_integers_are_identical() -> None:
    values = np.arange(-128, 128).astype(np.int8)
    assert difference(values, values.copy()).identical
    assert str(difference(values, values.copy())) == "identical"


def test_integers_differ_by_steps() -> None:
    values = np.array([-128, 0, 5, 127], np.int8)
    found = difference(np.array([127, 0, 5, 126], np.int8), values)
    assert (found.identical, found.share, found.largest) == (False, 0.5, 255)
    assert str(found) == "50.00% differ, by 255 at most"


def test_floats_differ_by_a_share_of_the_range() -> None:
    found = difference(floats(0, 5.001, 10), floats(0, 5, 10))
    assert found.largest == pytest.approx(1e-4, rel=1e-2)
    assert str(found) == "1.0e-04 of the range"


def test_a_value_that_is_no_number_never_holds() -> None:
    found = difference(floats(0, np.nan, 10), floats(0, 5, 10))
    assert not found.identical
    assert not found.largest <= 1e-5


def test_other_types_are_not_compared() -> None:
    with pytest.raises(ValueError, match="uint8"):
        difference(np.zeros(3, np.uint8), np.zeros(3, np.int8))
