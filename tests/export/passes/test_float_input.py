"""Floats into an int8 network give the integers that the pixels' bytes gave."""

from __future__ import annotations

import numpy as np
import pytest

from export.passes import float_input
from export.usual import widened
from fastscnn.graph import reference
from fastscnn.graph.graph import Quantize
from tests.graphs import fast_scnn, info_of
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

SIZE = (64, 96)


@pytest.mark.parametrize("padding", [0, 1, "same"])
def test_every_tensor_is_the_same(padding: int | str) -> None:
    graph = quantized_fast_scnn(SIZE, first_padding=padding)
    taken = float_input.apply(graph)
    x = pixels(SIZE, seed=4)
    names = [node.name for node in graph.nodes[1:]]
    before = reference.run(graph, x, names)
    after = reference.run(taken, x.astype(np.float32) / float_input.STD, names)
    for name in names:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name, strict=True)
    assert (taken.input.name, taken.input.quant) == ("input", None)
    assert len(list(taken.of(Quantize))) == 1


def test_what_takes_no_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="pixels"):
        float_input.apply(fast_scnn())
    floats = quantized(fast_scnn(), pixels(SIZE), ("downsample.conv",), pixels_in=True)
    with pytest.raises(ValueError):
        float_input.apply(floats)


def test_copied_classes_never_win() -> None:
    graph, x = quantized_fast_scnn(SIZE, classes=4), pixels(SIZE)
    wide, info = widened(graph, info_of(4), 19)
    logits = reference.run(wide, x)[wide.output]
    assert (logits.shape[2], len(info.classes), len(set(info.classes))) == (19, 19, 19)
    np.testing.assert_array_equal(logits.argmax(axis=2), reference.run(graph, x)[graph.output].argmax(axis=2))
