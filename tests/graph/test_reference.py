"""The oracle is right when torch agrees, operator by operator, over every way to set one."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from fastscnn.graph import reference
from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
    Affine,
    Argmax,
    Array,
    Concat,
    Conv,
    Graph,
    Input,
    Node,
    Operator,
    Pad,
    Padding,
    Pair,
    Pool,
    Resize,
)
from fastscnn.graph.shapes import padding_of
from tests.graphs import ODD, Builder, fast_scnn, picture, single, with_labels

sizes = st.tuples(st.integers(7, 40), st.integers(7, 40))
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.builds(Padding, *[st.integers(0, 3)] * 4)
activations: tuple[ActivationKind, ...] = ("none", "relu", "relu6")
THOROUGH = settings(max_examples=40, deadline=None)


def nchw(x: Array) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)[None]))


def hwc(x: torch.Tensor) -> Array:
    result: Array = x[0].permute(1, 2, 0).numpy()
    return result


def noise(size: Pair, channels: int) -> Array:
    return np.random.default_rng(sum(size)).normal(0, 2, (*size, channels))


def activated(x: torch.Tensor, kind: ActivationKind) -> torch.Tensor:
    return {"none": x, "relu": F.relu(x), "relu6": F.relu6(x)}[kind]


def computed(operator: Operator, x: Array) -> Array:
    return reference.run(single(operator, x.shape[2]), x, dtype=x.dtype)["logits"]


class TestConvolution:
    """In float64, where only a wrong rule can make a difference."""

    @given(
        size=sizes,
        kernel=pairs,
        stride=pairs,
        dilation=pairs,
        padding=paddings,
        groups=st.sampled_from([(1, 4, 6), (6, 6, 6), (2, 4, 6), (3, 6, 3), (1, 1, 1)]),
        activation=st.sampled_from(activations),
    )
    @THOROUGH
    def test_is_torchs(
        self,
        size: Pair,
        kernel: Pair,
        stride: Pair,
        dilation: Pair,
        padding: Padding,
        groups: tuple[int, int, int],
        activation: ActivationKind,
    ) -> None:
        count, channels, out = groups
        rng = np.random.default_rng(0)
        conv = Conv(
            rng.normal(0, 1, (out, channels // count, *kernel)),
            rng.normal(0, 1, out),
            stride,
            dilation,
            padding,
            count,
            activation,
        )
        x = noise(size, channels)
        padded = F.pad(nchw(x), (padding.left, padding.right, padding.top, padding.bottom))
        weight, bias = torch.from_numpy(conv.weight), torch.from_numpy(conv.bias)
        expected = activated(F.conv2d(padded, weight, bias, stride, 0, dilation, count), activation)
        np.testing.assert_allclose(computed(conv, x), hwc(expected), rtol=0, atol=1e-12)

    @pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
    @given(size=sizes, kernel=pairs, dilation=pairs)
    @THOROUGH
    def test_same_without_stride_is_torchs(self, size: Pair, kernel: Pair, dilation: Pair) -> None:
        rng = np.random.default_rng(1)
        weight, bias = rng.normal(0, 1, (4, 3, *kernel)), rng.normal(0, 1, 4)
        conv = Conv(weight, bias, dilation=dilation, padding="same")
        x = noise(size, 3)
        expected = F.conv2d(
            nchw(x), torch.from_numpy(weight), torch.from_numpy(bias), padding="same", dilation=dilation
        )
        np.testing.assert_allclose(computed(conv, x), hwc(expected), rtol=0, atol=1e-12)

    @given(size=sizes, kernel=pairs, stride=pairs, dilation=pairs)
    @THOROUGH
    def test_same_gives_a_stride_th_of_the_size_with_as_few_zeros_as_that_takes(
        self, size: Pair, kernel: Pair, stride: Pair, dilation: Pair
    ) -> None:
        conv = Conv(np.ones((1, 1, *kernel)), np.zeros(1), stride, dilation, "same")
        result = computed(conv, np.ones((*size, 1)))
        assert result.shape[:2] == tuple(-(-n // s) for n, s in zip(size, stride, strict=True))
        padding = padding_of(conv, size)
        for n, before, after, k, s, d in zip(
            size,
            (padding.top, padding.left),
            (padding.bottom, padding.right),
            kernel,
            stride,
            dilation,
            strict=True,
        ):
            assert before <= after <= before + 1
            if before + after:
                fewer = (n + before + after - 1 - d * (k - 1) - 1) // s + 1
                assert fewer < -(-n // s)


class TestResize:
    """In float32, as torch computes positions: they differ by roundings only."""

    @given(size=sizes, target=st.tuples(st.integers(1, 90), st.integers(1, 90)), align_corners=st.booleans())
    @settings(max_examples=120, deadline=None)
    def test_to_a_size_is_torchs(self, size: Pair, target: Pair, align_corners: bool) -> None:
        x = noise(size, 3).astype(np.float32)
        result = reference.KERNELS[Resize](Resize(align_corners), x, np.zeros((*target, 1), np.float32))
        expected = F.interpolate(nchw(x), target, mode="bilinear", align_corners=align_corners)
        assert result.dtype == np.float32
        assert np.abs(result - hwc(expected)).max() <= 1e-6 * np.abs(x).max()

    @given(size=sizes, factor=st.sampled_from([2, 3, 4, 8]), align_corners=st.booleans())
    @THOROUGH
    def test_by_a_factor_is_torchs(self, size: Pair, factor: int, align_corners: bool) -> None:
        x = noise(size, 3).astype(np.float32)
        expected = F.interpolate(nchw(x), scale_factor=factor, mode="bilinear", align_corners=align_corners)
        result = computed(Resize(align_corners, factor), x)
        assert np.abs(result - hwc(expected)).max() <= 1e-6 * np.abs(x).max()

    @pytest.mark.parametrize("align_corners", [True, False])
    def test_of_one_cell_repeats_it(self, align_corners: bool) -> None:
        x = noise((1, 1), 4).astype(np.float32)
        result = reference.KERNELS[Resize](Resize(align_corners), x, np.zeros((*ODD, 1), np.float32))
        np.testing.assert_allclose(result, np.broadcast_to(x, (*ODD, 4)), rtol=2e-7)

    def test_to_its_own_size_changes_nothing(self) -> None:
        x = noise((13, 17), 4).astype(np.float32)
        for align_corners in (True, False):
            np.testing.assert_array_equal(reference.KERNELS[Resize](Resize(align_corners), x, x), x)


class TestPool:
    @given(
        size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
        bins=st.tuples(st.integers(1, 8), st.integers(1, 8)),
        kind=st.sampled_from(["average", "max"]),
    )
    @settings(max_examples=120, deadline=None)
    def test_is_torchs(self, size: Pair, bins: Pair, kind: Literal["average", "max"]) -> None:
        x = noise(size, 3)
        pool = F.adaptive_avg_pool2d if kind == "average" else F.adaptive_max_pool2d
        np.testing.assert_allclose(
            computed(Pool(bins, kind), x), hwc(pool(nchw(x), bins)), rtol=0, atol=1e-12
        )


class TestOthers:
    def test_affine_is_a_normalisation(self) -> None:
        x = picture(ODD, low=0, high=255)
        mean = np.array([123.675, 116.28, 103.53], np.float32)
        std = np.array([58.395, 57.12, 57.375], np.float32)
        np.testing.assert_allclose(computed(Affine(1 / std, -mean / std), x), (x - mean) / std, atol=1e-6)

    @pytest.mark.parametrize("kind", activations)
    def test_activations_are_torchs(self, kind: ActivationKind) -> None:
        x = noise(ODD, 3) * 4
        expected = hwc(activated(nchw(x), kind))
        np.testing.assert_array_equal(computed(Activation(kind), x), expected)

    @pytest.mark.parametrize("kind", activations)
    def test_a_sum_is_activated(self, kind: ActivationKind) -> None:
        x, y = noise(ODD, 3), noise((131, 97), 3).transpose(1, 0, 2)
        expected = hwc(activated(nchw(x) + nchw(y), kind))
        np.testing.assert_array_equal(reference.KERNELS[Add](Add(kind), x, y), expected)

    def test_concat_keeps_the_order_of_its_inputs(self) -> None:
        x, y = noise(ODD, 3), noise(ODD, 2)
        expected = hwc(torch.cat([nchw(x), nchw(y)], dim=1))
        np.testing.assert_array_equal(reference.KERNELS[Concat](Concat(), x, y), expected)

    @given(padding=paddings)
    @THOROUGH
    def test_pad_is_torchs(self, padding: Padding) -> None:
        x = noise((9, 11), 2)
        expected = F.pad(nchw(x), (padding.left, padding.right, padding.top, padding.bottom))
        np.testing.assert_array_equal(computed(Pad(padding), x), hwc(expected))

    def test_argmax_takes_the_first_of_equals(self) -> None:
        x = np.zeros((2, 3, 4), np.float32)
        x[0, 1, 2] = x[0, 1, 3] = 1
        labels = computed(Argmax(), x)
        assert labels.dtype == np.int32
        assert labels.shape == (2, 3, 1)
        assert labels[..., 0].tolist() == [[0, 2, 0], [0, 0, 0]]


class TestRun:
    def test_gives_the_output_and_the_taps_and_nothing_else(self) -> None:
        names = ["image", "pyramid.pool6", "fusion.add"]
        results = reference.run(fast_scnn(), picture(ODD), names)
        assert set(results) == {"logits", *names}

    def test_taps_change_nothing(self) -> None:
        graph = fast_scnn()
        every = [node.name for node in graph]
        plain, tapped = reference.run(graph, picture(ODD)), reference.run(graph, picture(ODD), every)
        np.testing.assert_array_equal(plain["logits"], tapped["logits"])
        assert set(tapped) == set(every)

    def test_a_tensor_may_be_read_many_times(self) -> None:
        b = Builder()
        x = b.conv("x", "image", 3)
        y = b.add("y", Add(), x, x)
        b.add("logits", Add(), b.add("z", Add(), y, x), x)
        results = reference.run(b.graph("logits"), picture(ODD), ["x"])
        np.testing.assert_allclose(results["logits"], 4 * results["x"], rtol=1e-6)

    def test_works_in_the_precision_asked_for(self) -> None:
        graph, feed = fast_scnn(), picture(ODD)
        single_, double = reference.run(graph, feed), reference.run(graph, feed, dtype=np.float64)
        assert single_["logits"].dtype == np.float32
        assert double["logits"].dtype == np.float64
        spread = np.ptp(double["logits"])
        assert 0 < np.abs(single_["logits"] - double["logits"]).max() <= 1e-5 * spread

    def test_labels_are_integers_in_any_precision(self) -> None:
        labels = reference.run(with_labels(fast_scnn()), picture(ODD), dtype=np.float64)["labels"]
        assert labels.dtype == np.int32

    def test_an_input_alone_is_a_graph(self) -> None:
        graph = Graph((Node("image", Input(3)),), "image")
        np.testing.assert_array_equal(reference.run(graph, picture(ODD))["image"], picture(ODD))
