"""Integer arithmetic is what it says, against plain int64 sums and exact fractions written here."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscnn.graph import integers, reference
from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
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
    Quant,
    Resize,
)
from fastscnn.graph.shapes import windows
from tests.graph import plain_arithmetic

sizes = st.tuples(st.integers(10, 14), st.integers(10, 14))
kernels = st.tuples(st.integers(1, 4), st.integers(1, 4))
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.one_of(st.just("same"), st.builds(Padding, *[st.integers(0, 3)] * 4))
zero_points = st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127))
scales = st.floats(2**-20, 2**10, width=32)
quants = st.builds(Quant, scales, zero_points)
activations = st.sampled_from(["none", "relu", "relu6"])
seeds = st.integers(0, 2**32 - 1)
THOROUGH = settings(max_examples=100, deadline=None)
EVERY = np.arange(-128, 128).astype(np.int8).reshape(16, 16, 1)
"""Each int8 number once."""
UNIT = Quant(1.0, 0)


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Int8 numbers, the ends of the range more often than chance has them."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(-128, 128, shape)
    return np.where(rng.random(shape) < 0.1, rng.choice([-128, 127], shape), drawn).astype(np.int8)


def computed(operator: Operator, quant: Quant, sources: list[tuple[Array, Quant]]) -> Array:
    """What the oracle gives for one node."""
    names = [f"x{index}" for index in range(len(sources))]
    nodes = [
        Node(name, Input(x.shape[2]), (), source) for name, (x, source) in zip(names, sources, strict=True)
    ]
    graph = Graph((*nodes, Node("y", operator, tuple(names), quant)), "y")
    result = reference.step(graph, "y", [x for x, _ in sources])
    assert result.dtype == np.int8
    return result


class TestConvolution:
    @given(
        size=sizes,
        kernel=kernels,
        stride=pairs,
        dilation=pairs,
        padding=paddings,
        groups=st.sampled_from([(1, 3, 5), (4, 4, 4), (2, 4, 6), (3, 6, 3), (1, 1, 1)]),
        bordered=st.booleans(),
        source=quants,
        quant=quants,
        activation=activations,
        seed=seeds,
    )
    @THOROUGH
    def test_is_a_sum_of_whole_products_requantized_in_float32(
        self,
        size: Pair,
        kernel: Pair,
        stride: Pair,
        dilation: Pair,
        padding: Padding | Literal["same"],
        groups: tuple[int, int, int],
        bordered: bool,
        source: Quant,
        quant: Quant,
        activation: ActivationKind,
        seed: int,
    ) -> None:
        count, channels, out = groups
        rng = np.random.default_rng(seed)
        x = numbers((*size, channels), seed)
        conv = Conv(
            rng.integers(-127, 128, (out, channels // count, *kernel)).astype(np.int8),
            rng.integers(-(10**5), 10**5, out).astype(np.int32),
            stride,
            dilation,
            padding,
            count,
            activation,
            (np.float32(quant.scale / source.scale) * rng.uniform(1e-4, 1e-2, out)).astype(np.float32),
            numbers((channels,), seed + 1) if bordered else None,
        )
        sums = plain_arithmetic.sums(conv, x, source.zero_point)
        np.testing.assert_array_equal(integers.accumulate(conv, x, source.zero_point), sums)
        result = computed(conv, quant, [(x, source)])
        np.testing.assert_array_equal(result, plain_arithmetic.requantized(sums, conv, source, quant))

    @pytest.mark.parametrize("channels", [517, 518, 519, 4096])
    def test_sums_are_exact_below_and_beyond_what_float32_holds(self, channels: int) -> None:
        """518 x 127 x 255 is the last below 2^24; in float32 an odd sum beyond it would be lost."""
        x = np.full((3, 3, channels), 127, np.int8)
        x[1, 1] = numbers((channels,), channels)
        weight = np.full((2, channels, 1, 1), 127, np.int8)
        weight[1, ::2] = -126
        conv = Conv(weight, np.array([1, -2], np.int32), scales=np.ones(2, np.float32))
        expected = plain_arithmetic.sums(conv, x, -128)
        assert (255 * 127 * channels < 2**24) == (channels <= 518)
        np.testing.assert_array_equal(integers.accumulate(conv, x, -128), expected)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_the_greatest_bias_counts_to_the_last_unit(self, sign: int) -> None:
        bias = np.array([sign * integers.HIGHEST_BIAS, sign * (integers.HIGHEST_BIAS - 1)], np.int32)
        weight = np.full((2, 1, 1, 1), sign, np.int8)
        conv = Conv(weight, bias, scales=np.ones(2, np.float32))
        x = np.array([[[127]], [[-128]]], np.int8)
        sums = integers.accumulate(conv, x, 0)
        assert sums.tolist() == [
            [[bias[0] + sign * 127, bias[1] + sign * 127]],
            [[bias[0] - sign * 128, bias[1] - sign * 128]],
        ]

    @pytest.mark.parametrize("zero_point", [-3, 0, 4])
    def test_ties_go_to_the_even_step_from_zero(self, zero_point: int) -> None:
        half = Conv(np.ones((1, 1, 1, 1), np.int8), np.zeros(1, np.int32), scales=np.array([0.5], np.float32))
        x = np.array([-5, -3, -1, 1, 3, 5], np.int8).reshape(1, 6, 1)
        result = computed(half, Quant(1.0, zero_point), [(x, UNIT)])
        assert (result.ravel().astype(int) - zero_point).tolist() == [-2, -2, 0, 0, 2, 2]

    @pytest.mark.parametrize(
        ("activation", "ends"), [("none", (-128, 127)), ("relu", (-3, 127)), ("relu6", (-3, 117))]
    )
    def test_saturates_at_both_ends_and_at_an_activations_limits(
        self, activation: ActivationKind, ends: Pair
    ) -> None:
        wide = Conv(
            np.full((1, 1, 1, 1), 127, np.int8),
            np.zeros(1, np.int32),
            activation=activation,
            scales=np.ones(1, np.float32),
        )
        result = computed(wide, Quant(float(np.float32(0.05)), -3), [(EVERY, UNIT)])
        assert (result.min(), result.max()) == ends

    def test_a_float_layer_may_only_store_its_weights_in_int8(self) -> None:
        weight = np.array([[[[-127]]], [[[64]]]], np.int8)
        stored = np.array([0.5, 2.0], np.float32)
        conv = Conv(weight, np.array([1.0, -1.0], np.float32), scales=stored)
        graph = Graph((Node("x", Input(1)), Node("y", conv, ("x",))), "y")
        x = np.array([[[2.0]]], np.float32)
        assert reference.run(graph, x)["y"].tolist() == [[[-126.0, 255.0]]]
        assert not graph.quantized
        assert graph.computes_in_float(graph["y"])


class TestAdd:
    @given(left=quants, right=quants, quant=quants, activation=activations, seed=seeds)
    @THOROUGH
    def test_is_the_sum_of_what_the_numbers_stand_for(
        self, left: Quant, right: Quant, quant: Quant, activation: ActivationKind, seed: int
    ) -> None:
        x, y = numbers((9, 7, 3), seed), numbers((9, 7, 3), seed + 1)
        result = computed(Add(activation), quant, [(x, left), (y, right)])
        exact = (x.astype(float) - left.zero_point) * left.scale
        exact = exact + (y.astype(float) - right.zero_point) * right.scale
        if activation != "none":
            exact = np.maximum(exact, 0)
        if activation == "relu6":
            exact = np.minimum(exact, 6)
        steps = exact / quant.scale
        size = (256 * left.scale + 256 * right.scale) / quant.scale
        nearest = np.clip(np.rint(steps) + quant.zero_point, -128, 127)
        certain = np.abs(np.abs(steps - np.floor(steps)) - 0.5) > 8 * 2.0**-24 * size
        np.testing.assert_array_equal(result[certain], nearest[certain])
        assert np.abs(result - nearest).max() <= 1 + 8 * 2.0**-24 * size

    def test_ties_go_to_the_even_step_from_zero(self) -> None:
        x = np.array([-3, -1, 1, 3], np.int8).reshape(1, 4, 1)
        zero = np.zeros_like(x)
        result = computed(Add(), Quant(1.0, 1), [(x, Quant(0.5, 0)), (zero, UNIT)])
        assert (result.ravel() - 1).tolist() == [-2, 0, 0, 2]


class TestPool:
    @given(
        size=st.tuples(st.integers(1, 23), st.integers(1, 23)),
        bins=st.tuples(st.integers(1, 6), st.integers(1, 6)),
        zero_point=zero_points,
        seed=seeds,
    )
    @THOROUGH
    def test_an_average_is_the_exact_mean_rounded_once(
        self, size: Pair, bins: Pair, zero_point: int, seed: int
    ) -> None:
        x = numbers((*size, 2), seed)
        result = computed(Pool(bins), Quant(1.0, zero_point), [(x, Quant(1.0, zero_point))])
        for i, (top, bottom) in enumerate(windows(size[0], bins[0])):
            for j, (left, right) in enumerate(windows(size[1], bins[1])):
                for channel in range(2):
                    part = x[top:bottom, left:right, channel].astype(int) - zero_point
                    assert result[i, j, channel] == round(Fraction(int(part.sum()), part.size)) + zero_point

    @pytest.mark.parametrize("zero_point", [-128, 0, 127, 11])
    def test_ties_go_to_the_even_step_from_zero(self, zero_point: int) -> None:
        x = (np.array([[0, 1], [1, 2], [-1, -2], [-1, 0]]) + zero_point).clip(-128, 127).astype(np.int8)
        steps = x.astype(int) - zero_point
        result = computed(Pool((4, 1)), Quant(1.0, zero_point), [(x[..., None], Quant(1.0, zero_point))])
        expected = [round(Fraction(int(pair.sum()), 2)) + zero_point for pair in steps]
        assert result.ravel().tolist() == expected

    @given(bins=pairs, seed=seeds)
    @THOROUGH
    def test_a_maximum_is_one_of_its_numbers(self, bins: Pair, seed: int) -> None:
        x = numbers((11, 13, 3), seed)
        result = computed(Pool(bins, "max"), Quant(0.5, 7), [(x, Quant(0.5, 7))])
        for i, (top, bottom) in enumerate(windows(11, bins[0])):
            for j, (left, right) in enumerate(windows(13, bins[1])):
                assert (result[i, j] == x[top:bottom, left:right].max(axis=(0, 1))).all()


class TestResize:
    @given(
        size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
        target=st.tuples(st.integers(1, 20), st.integers(1, 20)),
        align_corners=st.booleans(),
        zero_point=zero_points,
        seed=seeds,
    )
    @THOROUGH
    def test_is_the_exact_bilinear_mean_rounded_once(
        self, size: Pair, target: Pair, align_corners: bool, zero_point: int, seed: int
    ) -> None:
        x = numbers((*size, 1), seed)
        quant = Quant(0.25, zero_point)
        like = np.zeros((*target, 1), np.int8)
        result = computed(Resize(align_corners), quant, [(x, quant), (like, UNIT)])
        steps = x[..., 0].astype(int) - zero_point
        for i, j in np.ndindex(target):
            exact = plain_arithmetic.bilinear(steps, target, (i, j), align_corners)
            # two float32 positions, each wrong by up to 9 * 2**-23, between numbers up to 255 apart
            assert abs(int(result[i, j, 0]) - zero_point - exact) <= Fraction(501, 1000)

    @pytest.mark.parametrize("zero_point", [-128, 127, 0, 5])
    @pytest.mark.parametrize("factor", [2, 4, 8])
    def test_by_a_power_of_two_every_weight_is_exact_and_so_is_every_tie(
        self, factor: int, zero_point: int
    ) -> None:
        quant = Quant(0.5, zero_point)
        x = numbers((12, 12, 1), factor)
        result = computed(Resize(False, factor), quant, [(x, quant)])
        steps = x[..., 0].astype(int) - zero_point
        target = (12 * factor, 12 * factor)
        ties = 0
        for i, j in list(np.ndindex(target))[:: factor + 1]:
            exact = plain_arithmetic.bilinear(steps, target, (i, j), False)
            ties += exact.denominator == 2
            assert result[i, j, 0] == round(exact) + zero_point
        assert ties


class TestOthers:
    @given(quant=quants, activation=activations)
    @THOROUGH
    def test_an_activation_is_that_of_what_the_numbers_stand_for(
        self, quant: Quant, activation: ActivationKind
    ) -> None:
        result = computed(Activation(activation), quant, [(EVERY, quant)])
        stood = integers.dequantize(EVERY, quant)
        limited = {"none": stood, "relu": np.maximum(stood, 0), "relu6": np.clip(stood, 0, 6)}[activation]
        np.testing.assert_array_equal(result, integers.quantize(limited, quant))

    @given(padding=st.builds(Padding, *[st.integers(0, 3)] * 4), quant=quants, seed=seeds)
    @THOROUGH
    def test_a_pad_holds_the_zero_point(self, padding: Padding, quant: Quant, seed: int) -> None:
        x = numbers((5, 6, 2), seed)
        result = computed(Pad(padding), quant, [(x, quant)])
        inside = (slice(padding.top, padding.top + 5), slice(padding.left, padding.left + 6))
        np.testing.assert_array_equal(result[inside], x)
        surround = np.ones(result.shape, bool)
        surround[inside] = False
        assert (result[surround] == quant.zero_point).all()
        assert result.size - x.size == surround.sum()

    def test_concat_keeps_every_number_in_the_order_of_its_inputs(self) -> None:
        x, y = numbers((4, 5, 3), 0), numbers((4, 5, 2), 1)
        result = computed(Concat(), UNIT, [(x, UNIT), (y, UNIT)])
        np.testing.assert_array_equal(result[..., :3], x)
        np.testing.assert_array_equal(result[..., 3:], y)

    def test_argmax_of_equal_numbers_is_the_first(self) -> None:
        x = np.array([[[-128, 5, 5], [127, 126, 127], [-1, -1, -1]]], np.int8)
        graph = Graph((Node("x", Input(3), (), UNIT), Node("labels", Argmax(), ("x",))), "labels")
        assert reference.run(graph, x)["labels"][..., 0].tolist() == [[1, 0, 0]]


class TestNumbers:
    @given(quant=quants)
    @THOROUGH
    def test_every_number_comes_back_from_what_it_stands_for(self, quant: Quant) -> None:
        np.testing.assert_array_equal(integers.quantize(integers.dequantize(EVERY, quant), quant), EVERY)

    def test_quantizing_rounds_ties_to_even_and_saturates(self) -> None:
        quant = Quant(0.5, 3)
        x = np.array([-0.75, -0.25, 0.25, 0.75, 1.25, 1e30, -1e30, np.inf, -np.inf], np.float32)
        assert integers.quantize(x, quant).tolist() == [1, 3, 3, 5, 5, 127, -128, 127, -128]

    @pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf"), 0.1, 1e-60])
    def test_a_scale_is_a_positive_float32(self, scale: float) -> None:
        with pytest.raises(ValueError, match="no float32 scale"):
            Quant(scale, 0)

    @pytest.mark.parametrize("zero_point", [-129, 128])
    def test_a_zero_point_is_an_int8_number(self, zero_point: int) -> None:
        with pytest.raises(ValueError, match="no int8 zero point"):
            Quant(1.0, zero_point)

    def test_a_quantized_input_takes_pixels_its_own_numbers_or_what_they_stand_for(self) -> None:
        graph = Graph((Node("image", Input(1), (), Quant(1.0, -128)),), "image")
        pixels = np.arange(256).astype(np.uint8).reshape(16, 16, 1)
        for feed in (pixels, EVERY, pixels.astype(np.float32)):
            np.testing.assert_array_equal(reference.run(graph, feed)["image"], EVERY)
