"""Every operator, written, saved and evaluated, against the oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.formats.coreml.read import read
from export.formats.coreml.run import load
from fastscnn.graph import reference
from fastscnn.graph.graph import Argmax, Graph, Node, Pair, Pool, Resize
from tests.export.formats.coreml.packages import exported
from tests.graphs import ODD, Builder, halved, picture, single
from tests.operator_graphs import operator_graphs

GRAPHS = operator_graphs()
SIZES = [ODD, (64, 96)]


def on_tensors(graph: Graph) -> Graph:
    """The same graph on any float numbers, not on pixels."""
    names = {"image": "input"}
    return Graph(
        tuple(
            Node(names.get(node.name, node.name), node.operator, tuple(names.get(i, i) for i in node.inputs))
            for node in graph
        ),
        graph.output,
    )


def difference(graph: Graph, size: Pair, folder: Path) -> float:
    """Largest difference from the oracle, relative to its range or the input's, whichever is greater."""
    graph = on_tensors(graph)
    feed = picture(size, graph.input.operator.channels)  # type: ignore[attr-defined]
    wanted = reference.run(graph, feed)["logits"]
    (got,) = load(exported(graph, size, folder)).run(feed).values()
    assert got.shape == wanted.shape
    assert got.dtype == (np.int32 if isinstance(graph[graph.output].operator, Argmax) else np.float32)
    return float(np.abs(got - wanted).max() / max(np.ptp(wanted), np.ptp(feed)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", GRAPHS)
def test_computes_what_the_oracle_computes(name: str, size: Pair, tmp_path: Path) -> None:
    assert difference(GRAPHS[name], size, tmp_path) < 1e-6


@pytest.mark.parametrize("name", [name for name in GRAPHS if "conv" in name])
def test_half_precision_rounds_and_nothing_worse(name: str, tmp_path: Path) -> None:
    graph = halved(GRAPHS[name])
    assert 0 < difference(graph, ODD, tmp_path) < 1e-3


@pytest.mark.parametrize("name", [name for name in GRAPHS if name.startswith(("pool", "resize", "add"))])
def test_the_other_operators_in_half_precision(name: str, tmp_path: Path) -> None:
    """Behind a convolution in half precision."""
    before = GRAPHS[name]
    b = Builder(channels := before.input.operator.channels)  # type: ignore[attr-defined]
    b.conv("half", "image", channels)
    for node in before.nodes[1:]:
        b.add(node.name, node.operator, *("half" if i == "image" else i for i in node.inputs))
    graph = halved(b.graph("logits"))
    assert difference(graph, ODD, tmp_path) < 2e-3


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Pool((1, 1)), {"reduce_mean": 1}),
        (Pool((1, 1), "max"), {"reduce_max": 1}),
        (Pool((2, 4)), {"avg_pool": 1}),
        (Pool((2, 4), "max"), {"max_pool": 1}),
        (Pool((6, 6)), {"matmul": 2}),
        (Pool((6, 2), "max"), {"slice_by_size": 8, "reduce_max": 8, "concat": 2}),
        (Resize(True, 1), {"identity": 1}),
    ],
    ids=str,
)
def test_takes_no_more_operations_than_the_sizes_ask_for(
    operator: Pool | Resize, expected: dict[str, int], tmp_path: Path
) -> None:
    assert read(exported(single(operator, 3), (64, 96), tmp_path)).operators == expected


def test_more_bins_than_cells(tmp_path: Path) -> None:
    """The coarsest map of a 32x32 picture is one cell."""
    b = Builder()
    b.conv("cell", "image", 4, 32)
    b.add("average", Pool((6, 6)), "cell")
    b.add("max", Pool((6, 6), "max"), "cell")
    graph = b.graph("max")
    feed = picture((32, 32), low=0, high=255).round()
    wanted = reference.run(graph, feed, ["average"])
    got = load(exported(graph, (32, 32), tmp_path)).run(feed, ["average"])
    np.testing.assert_allclose(got["logits"], wanted["max"], rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(got["average"], wanted["average"], rtol=1e-5, atol=1e-3)
