"""Every pass computes the same thing before and after, and does what it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from export.forms import feed
from export.passes import (
    fold_affine,
    half_weights,
    image_input,
    labels_output,
    output_stride,
    rgba_input,
)
from fastscnn.errors import GateError
from fastscnn.graph import reference
from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Affine, Array, Conv, Graph, Padding, Pair, Resize
from fastscnn.info import Preprocessing
from tests.graphs import fast_scnn, single

SIZE = (65, 97)
IMAGENET = Preprocessing()
BGR = Preprocessing("bgr", (72.4, 82.9, 73.2), (1.0, 2.0, 3.0))
PADDINGS: tuple[int | str, ...] = (0, 1, "same")
CASES = list(itertools.product(PADDINGS, (IMAGENET, BGR)))


def pixels(size: Pair = SIZE) -> Array:
    return np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)


def first(padding: int | str) -> Graph:
    """A first convolution alone, with every padding that a layout has there."""
    rng = np.random.default_rng(0)
    conv = Conv(
        rng.standard_normal((8, 3, 3, 3)).astype(np.float32),
        rng.standard_normal(8).astype(np.float32),
        stride=(2, 2),
        padding="same" if padding == "same" else Padding.all(int(padding)),
        activation="relu",
    )
    return single(conv, 3)


def result(graph: Graph, x: Array) -> Array:
    return reference.run(graph, x, dtype=np.float64)[graph.output]


@pytest.mark.parametrize(("padding", "preprocessing"), CASES)
def test_pixels_in_give_what_the_normalised_tensor_gave(
    padding: int | str, preprocessing: Preprocessing
) -> None:
    graph = first(padding)
    wanted = result(graph, normalised(pixels(), preprocessing))
    got = result(image_input.apply(graph, preprocessing), feed(pixels(), "image", preprocessing))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * np.ptp(wanted))


@pytest.mark.parametrize(("padding", "preprocessing"), CASES)
def test_a_camera_frame_gives_what_the_normalised_tensor_gave(
    padding: int | str, preprocessing: Preprocessing
) -> None:
    graph = first(padding)
    wanted = result(graph, normalised(pixels(), preprocessing))
    rewritten = rgba_input.apply(graph, preprocessing)
    got = result(rewritten, feed(pixels(), "rgba", preprocessing))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * np.ptp(wanted))
    assert not list(rewritten.of(Affine)), "normalisation is in the convolution"


def test_alpha_does_not_matter_where_nothing_is_padded() -> None:
    rewritten = rgba_input.apply(first(0), IMAGENET)
    frame = feed(pixels(), "rgba", IMAGENET)
    wanted = result(rewritten, frame)
    frame[:, :, 3] = 0
    np.testing.assert_array_equal(result(rewritten, frame), wanted)


def test_affine_folds_where_nothing_is_padded_and_stays_where_something_is() -> None:
    for padding, left in ((0, 0), (1, 1), ("same", 1)):
        graph = image_input.apply(first(padding), IMAGENET)
        folded = fold_affine.apply(graph)
        assert len(list(folded.of(Affine))) == left
        x = feed(pixels(), "image", IMAGENET)
        wanted = result(graph, x)
        np.testing.assert_allclose(result(folded, x), wanted, rtol=0, atol=1e-5 * np.ptp(wanted))


@pytest.mark.parametrize(("padding", "preprocessing"), CASES)
def test_affine_folds_everywhere_where_a_border_stands_for_the_mean(
    padding: int | str, preprocessing: Preprocessing
) -> None:
    graph = image_input.apply(first(padding), preprocessing)
    folded = fold_affine.apply(graph, borders=True)
    assert not list(folded.of(Affine))
    x = feed(pixels(), "image", preprocessing)
    wanted = result(graph, x)
    np.testing.assert_allclose(result(folded, x), wanted, rtol=0, atol=1e-5 * np.ptp(wanted))


@pytest.mark.parametrize("align_corners", [True, False])
def test_strides_are_the_network_s_own_values(align_corners: bool) -> None:
    graph = fast_scnn(align_corners=align_corners)
    x = normalised(pixels(), IMAGENET)
    eighth = output_stride.apply(graph, 8, align_corners)
    full = output_stride.apply(eighth, 1, align_corners)
    assert (eighth.output, full.output) == ("logits", "logits")
    assert not isinstance(eighth[eighth.output].operator, Resize)
    assert isinstance(full[full.output].operator, Resize)
    np.testing.assert_array_equal(result(full, x), result(graph, x))
    assert result(eighth, x).shape[0] < SIZE[0] / 4


def test_labels_are_the_argmax_of_the_logits() -> None:
    graph = output_stride.apply(fast_scnn(), 1, True)
    x = normalised(pixels(), IMAGENET)
    labels = result(labels_output.apply(graph), x)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels[:, :, 0], result(graph, x).argmax(axis=2))


def test_half_weights_are_the_nearest_and_half_the_bytes() -> None:
    graph = fast_scnn()
    halved = half_weights.apply(graph)
    for (_, conv), (_, half) in zip(graph.of(Conv), halved.of(Conv), strict=True):
        assert half.weight.dtype == half.bias.dtype == np.float16
        np.testing.assert_array_equal(half.weight, conv.weight.astype(np.float16))
    assert halved.half
    assert not graph.half


def test_a_weight_beyond_float16_is_refused_by_name() -> None:
    conv = Conv(np.full((1, 3, 1, 1), 1e5, np.float32), np.zeros(1, np.float32))
    with pytest.raises(GateError, match="float16"):
        half_weights.apply(single(conv, 3))


def test_an_input_read_twice_is_no_first_layer() -> None:
    graph = fast_scnn()
    conv = next(node for node, _ in graph.of(Conv))
    twice = Graph((*graph.nodes, type(conv)("again", conv.operator, conv.inputs)), graph.output)
    with pytest.raises(ValueError, match="one dense convolution"):
        image_input.apply(twice, IMAGENET)
