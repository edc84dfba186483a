"""Adaptive bins in the runtime's own operators."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from export.formats.tflite import read, run
from fastscnn.graph.graph import Pair, Pool
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
        # 36 rows in 8 bins: 5 or 6 rows each, no window slides over them
        ("average", (8, 8), {"CONV_2D": 1, "RESHAPE": 2, "TRANSPOSE": 2}),
        ("max", (8, 8), {"MAX_POOL_2D": 1, "MUL": 1, "RESHAPE": 2}),
    ],
)
def test_one_window_where_all_bins_are_alike(
    tmp_path: Path, kind: Kind, bins: Pair, operators: dict[str, int]
) -> None:
    graph = single(Pool(bins, kind), 5)
    assert read.read(written(tmp_path, graph, SIZE)).operators == operators
    assert assert_computes(tmp_path, graph, SIZE).delegation() == run.Delegation(1, ())


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
