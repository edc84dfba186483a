"""A float artifact layer by layer: as near to the oracle as float is, and a broken layer sticks out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export import bundle
from export.float_layers import looked_at
from export.formats import FORMATS
from export.forms import Form, Precision, feed
from export.spelling import spelled
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Conv
from fastscnn.info import Preprocessing
from tests.export.models import embedded
from tests.quantized_graphs import pixels

SIZE = (64, 96)


@pytest.mark.parametrize(("precision", "most"), [("fp32", 1e-5), ("fp16", 5e-3)])
@pytest.mark.parametrize("format", FORMATS)
def test_every_layer_is_as_near_as_its_precision(
    format: str, precision: Precision, most: float, tmp_path: Path
) -> None:
    form = Form(SIZE, precision)
    graph = spelled(lower(embedded().network, names=embedded().names), embedded().info, form, format)
    room = FORMATS[format]
    files = room.room("write").write(graph, SIZE, embedded().info)
    path = bundle.stage(tmp_path, f"net{room.suffix}", files).path
    given = feed(pixels(SIZE), "image", Preprocessing())
    layers = looked_at(room.room("run").load(path), graph, given)
    assert [layer.name for layer in layers] == [node.name for node in graph.nodes[1:]]
    assert 0 < max(layer.greatest for layer in layers) <= most
    name = next(node.name for node, conv in graph.of(Conv) if not conv.depthwise)
    conv = graph[name].operator
    assert isinstance(conv, Conv)
    conv.weight[0] += 1
    broken = looked_at(room.room("run").load(path), graph, given)
    worst = max(broken, key=lambda layer: layer.greatest)
    assert worst.name == name
    assert worst.greatest > 10 * most


def test_a_runtime_that_hides_its_tensors_gives_none() -> None:
    class Hiding:
        def run(self, feed: object, taps: object = ()) -> dict[str, np.ndarray]:
            raise ValueError("holds no tensor")

    graph = lower(embedded().network, names=embedded().names)
    assert looked_at(Hiding(), graph, np.zeros((*SIZE, 3), np.float32)) == []  # type: ignore[arg-type]
