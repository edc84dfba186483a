"""Windows, matrices and gathered cells: three spellings of the same adaptive bins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.formats.onnx.pools import averages, regular_window, window_cells
from export.formats.onnx.write import write
from fastscnn.graph.graph import Pair, Pool
from fastscnn.graph.shapes import windows
from tests.graphs import info_of, single

lengths = st.integers(1, 300)
bins = st.integers(1, 12)


@given(lengths, bins)
@settings(max_examples=100, deadline=None)
def test_the_matrix_takes_the_mean_of_every_bin(length: int, count: int) -> None:
    values = np.arange(length, dtype=np.float64) ** 2
    expected = [values[start:end].mean() for start, end in windows(length, count)]
    np.testing.assert_allclose(averages(length, count) @ values, expected, rtol=1e-12)


@given(lengths, bins)
@settings(max_examples=100, deadline=None)
def test_the_gathered_cells_hold_every_bin_and_nothing_else(length: int, count: int) -> None:
    cells = window_cells(length, count).reshape(count, -1)
    for row, (start, end) in zip(cells, windows(length, count), strict=True):
        assert set(row) == set(range(start, end))


@given(lengths, bins)
@settings(max_examples=100, deadline=None)
def test_a_regular_window_covers_exactly_the_bins(length: int, count: int) -> None:
    window = regular_window(length, count)
    spans = windows(length, count)
    if window is None:
        distances = {after - before for (before, _), (after, _) in pairwise(spans)}
        assert len({end - start for start, end in spans}) > 1 or len(distances) > 1 or 0 in distances
    else:
        kernel, stride = window
        assert spans == [(i * stride, i * stride + kernel) for i in range(count)]
        assert (length - kernel) // stride + 1 == count


@pytest.mark.parametrize(
    ("kind", "size", "bin_counts", "expected"),
    [
        ("average", (64, 96), (1, 1), ["GlobalAveragePool"]),
        ("average", (64, 96), (2, 4), ["AveragePool"]),
        ("average", (97, 131), (2, 2), ["AveragePool"]),
        ("average", (98, 131), (6, 6), ["MatMul", "MatMul"]),
        ("average", (96, 131), (6, 6), ["MatMul", "AveragePool"]),
        ("max", (97, 131), (1, 1), ["GlobalMaxPool"]),
        ("max", (96, 96), (3, 3), ["MaxPool"]),
        ("max", (98, 131), (6, 6), ["Gather", "Gather", "MaxPool"]),
    ],
)
def test_takes_as_few_nodes_as_the_bins_allow(
    kind: str, size: Pair, bin_counts: Pair, expected: list[str]
) -> None:
    graph = single(Pool(bin_counts, "max" if kind == "max" else "average"), 3)
    model = onnx.load_from_string(write(graph, size, info_of(3)))
    assert [node.op_type for node in model.graph.node] == expected
