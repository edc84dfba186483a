"""A network that takes pixels computes what the network behind its normalisation computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from fastscnn.graph import reference
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array, Conv, Graph, Padding
from fastscnn.info import Preprocessing
from quantize import pixels
from tests.graphs import ODD, Builder, PaddingKind, fast_scnn
from tests.quantized_graphs import pixels as picture

IMAGENET = Preprocessing()
CAFFE = Preprocessing("bgr", (103.53, 116.28, 123.675), (1.0, 1.0, 1.0))
HALVES = Preprocessing("rgb", (127.5, 127.5, 127.5), (127.5, 127.5, 127.5))
SWAPPED = Preprocessing("bgr", (103.53, 116.28, 123.675), (57.375, 57.12, 58.395))
EVERY = pytest.mark.parametrize("preprocessing", [IMAGENET, CAFFE, HALVES, SWAPPED], ids=str)


def first_layer(padding: PaddingKind) -> Graph:
    b = Builder(input_name="input", seed=4)
    return b.graph(b.conv("first", "input", 8, 3, stride=2, padding=padding))


def both(graph: Graph, preprocessing: Preprocessing, feed: Array) -> tuple[Array, Array]:
    """The network on a normalised picture, and its pixel form on the picture, in float64."""
    behind = reference.run(graph, normalised(feed, preprocessing), dtype=np.float64)
    of_pixels = reference.run(pixels.apply(graph, preprocessing), feed.astype(float), dtype=np.float64)
    return behind[graph.output], of_pixels[graph.output]


@EVERY
def test_without_padding_a_whole_network_is_the_same_to_rounding(preprocessing: Preprocessing) -> None:
    graph = fast_scnn(classes=5, input_name="input")
    behind, of_pixels = both(graph, preprocessing, picture(ODD))
    assert np.abs(behind - of_pixels).max() <= 2e-6 * np.abs(behind).max()


@EVERY
@pytest.mark.parametrize("padding", [1, "same", Padding(0, 1, 2, 0)], ids=str)
def test_with_padding_it_differs_at_the_border_alone_and_by_less_than_half_a_pixel(
    padding: PaddingKind, preprocessing: Preprocessing
) -> None:
    graph = first_layer(padding)
    behind, of_pixels = both(graph, preprocessing, picture((40, 52)))
    rounding = 2e-6 * np.abs(behind).max()
    difference = np.abs(behind - of_pixels)
    assert difference[1:-1, 1:-1].max() <= rounding
    conv = pixels.apply(graph, preprocessing)["first"].operator
    assert isinstance(conv, Conv)
    assert (difference <= 0.5 * np.abs(conv.weight).sum(axis=(1, 2, 3)) + rounding).all()


@EVERY
def test_the_border_is_the_rounded_mean_pixel_in_rgb(preprocessing: Preprocessing) -> None:
    conv = pixels.apply(first_layer(1), preprocessing)["first"].operator
    assert isinstance(conv, Conv)
    assert conv.border is not None
    rounded = [round(value) for value in preprocessing.mean]
    assert conv.border.tolist() == (rounded[::-1] if preprocessing.order == "bgr" else rounded)


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_a_picture_surrounded_by_its_border_is_the_same_without_padding(order: Literal["rgb", "bgr"]) -> None:
    """What the border means: pixels of that colour around the picture."""
    feed = picture((20, 24)).astype(np.float64)
    padded = pixels.apply(first_layer(1), Preprocessing(order))
    conv = padded["first"].operator
    assert isinstance(conv, Conv)
    assert conv.border is not None
    around = np.tile(conv.border, (22, 26, 1)).astype(np.float64)
    around[1:-1, 1:-1] = feed
    nodes = [
        replace(node, operator=replace(conv, padding=Padding(), border=None))
        if node.name == "first"
        else node
        for node in padded
    ]
    expected = reference.run(Graph(tuple(nodes), "first"), around, dtype=np.float64)["first"]
    result = reference.run(padded, feed, dtype=np.float64)["first"]
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


def test_the_first_convolution_alone_is_changed_and_the_size_still_comes_from_the_input() -> None:
    graph = fast_scnn(classes=5, input_name="input")
    changed = pixels.apply(graph, IMAGENET)
    assert changed.input.name == "image"
    assert changed["logits"].inputs == ("classifier.conv", "image")
    untouched = [node.name for node in graph if node.name in changed.by_name]
    assert [name for name in untouched if changed[name].operator is not graph[name].operator] == [
        "downsample.conv"
    ]


def test_an_input_that_two_layers_read_has_no_place_for_the_normalisation() -> None:
    b = Builder(input_name="input")
    b.conv("one", "input", 3)
    b.conv("two", "input", 3)
    with pytest.raises(ValueError, match="read by one dense convolution"):
        pixels.apply(b.graph("two"), IMAGENET)
