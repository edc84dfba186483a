"""Adaptive bins in the runtime's own operators."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from export.formats.tflite import read, run
from export.formats.tflite.pooling import MOST_JOINED, sliding
from fastscnn.graph.graph import Pair, Pool
from fastscnn.graph.shapes import windows
from tests.export.formats.tflite.test_operators import assert_computes, written
from tests.graphs import Builder, single

Kind = Literal["average", "max"]
SIZE = (36, 48)


@pytest.mark.parametrize(
    ("kind", "bins", "operators"),
    [
        ("average", (1, 1), {"AVERAGE_POOL_2D": 1}),
        ("average", (6, 6), {"AVERAGE_POOL_2D": 1}),
        ("max", (4, 3), {"MAX_POOL_2D": 1}),
        # 36 rows in 8 bins: 5 rows each, but no window slides over them
        ("average", (8, 8), {"CONV_2D": 1, "RESHAPE": 2, "TRANSPOSE": 2}),
        ("max", (8, 8), {"CONCATENATION": 1, "MAX_POOL_2D": 1, "RESHAPE": 1}),
        ("max", (8, 7), {"CONCATENATION": 3, "MAX_POOL_2D": 1, "RESHAPE": 1}),
    ],
)
def test_the_operators_that_bins_become(
    tmp_path: Path, kind: Kind, bins: Pair, operators: dict[str, int]
) -> None:
    graph = single(Pool(bins, kind), 5)
    assert read.read(written(tmp_path, graph, SIZE)).operators == operators
    assert assert_computes(tmp_path, graph, SIZE).delegation() == run.Delegation(1, ())


@pytest.mark.parametrize("bins", [1, 2, 3, 4, 5, 6, 8, 12])
def test_a_sliding_window_covers_the_cells_of_every_bin(bins: int) -> None:
    for length in range(1, 70):
        found = sliding(length, bins)
        assert (length * found.repeats - found.kernel) // found.stride + 1 == bins
        for i, (start, end) in enumerate(windows(length, bins)):
            first, last = i * found.stride, i * found.stride + found.kernel - 1
            assert (first // found.repeats, last // found.repeats + 1) == (start, end)


def test_the_published_bins_need_one_concatenation_an_axis() -> None:
    repeats = {sliding(length, bins).repeats for length in range(2, 300) for bins in (1, 2, 3, 6)}
    assert max(repeats) == MOST_JOINED


@pytest.mark.parametrize("kind", ["average", "max"])
@pytest.mark.parametrize("size", [(32, 32), (32, 33), (37, 61), (45, 90)])
@pytest.mark.parametrize("bins", [(1, 1), (2, 2), (3, 3), (5, 4), (6, 6), (8, 8), (31, 7), (34, 33)])
def test_bins_of_any_map(tmp_path: Path, kind: Kind, size: Pair, bins: Pair) -> None:
    """Also more bins than cells, as the pyramid of a small picture has them."""
    assert_computes(tmp_path, single(Pool(bins, kind), 5), size)


def test_pools_of_one_map_share_what_they_can(tmp_path: Path) -> None:
    b = Builder(4)
    for bins in (5, 7):
        b.add(f"pool{bins}", Pool((bins, bins)), "image")
    b.add("logits", Pool((1, 1)), "pool5")
    operators = read.read(written(tmp_path, b.graph("logits"), SIZE)).operators
    assert operators["TRANSPOSE"] == 3
