"""MIL's operations against torch, and against the examples of MIL's own documentation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from export.formats.coreml import arithmetic
from fastscnn.graph.graph import Array


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("channels", "out", "kernel", "stride", "dilation", "groups"),
    [
        (3, 8, (3, 3), (2, 2), (1, 1), 1),
        (5, 4, (1, 1), (1, 1), (1, 1), 1),
        (4, 4, (1, 1), (2, 3), (1, 1), 1),
        (4, 6, (3, 2), (1, 2), (2, 3), 2),
        (6, 6, (3, 3), (1, 1), (4, 4), 6),
        (6, 12, (3, 5), (2, 1), (1, 1), 6),
    ],
)
def test_conv_is_torchs(
    channels: int,
    out: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> None:
    x, weight, bias = random(1, channels, 23, 31), random(out, channels // groups, *kernel), random(out)
    top, bottom, left, right = pad = (1, 2, 3, 0)
    expected = functional.conv2d(
        functional.pad(torch.from_numpy(x), (left, right, top, bottom)),
        torch.from_numpy(weight),
        torch.from_numpy(bias),
        stride,
        0,
        dilation,
        groups,
    ).numpy()
    got = arithmetic.conv(x, weight, bias, stride, "custom", dilation, groups, pad)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_conv_in_strips_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight, bias = random(1, 3, 50, 20), random(4, 3, 3, 3), random(4)
    whole = arithmetic.conv(x, weight, bias, (2, 2), "valid", (1, 1), 1)
    monkeypatch.setattr(arithmetic, "STRIP", 27 * 9 * 5)
    strips = arithmetic.conv(x, weight, bias, (2, 2), "valid", (1, 1), 1)
    np.testing.assert_allclose(strips, whole, atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_is_tensorflows(stride: int) -> None:
    """The odd row of zeros comes after."""
    x, weight, bias = random(1, 3, 14, 17), random(4, 3, 3, 3), random(4)
    total = [max((-(-n // stride) - 1) * stride + 3 - n, 0) for n in (14, 17)]
    pad = [total[0] // 2, total[0] - total[0] // 2, total[1] // 2, total[1] - total[1] // 2]
    same = arithmetic.conv(x, weight, bias, (stride, stride), "same", (1, 1), 1)
    custom = arithmetic.conv(x, weight, bias, (stride, stride), "custom", (1, 1), 1, pad)
    np.testing.assert_array_equal(same, custom)


@pytest.mark.parametrize(
    ("mode", "size", "grid"),
    [
        ("UNALIGN_CORNERS", 5, [0.0, 0.1, 0.5, 0.9, 1.0]),
        ("STRICT_ALIGN_CORNERS", 5, [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("ALIGN_CORNERS", 5, [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("DEFAULT", 5, [0.0, 0.4, 0.8, 1.0, 1.0]),
        ("OFFSET_CORNERS", 5, [0.1, 0.3, 0.5, 0.7, 0.9]),
        ("UNALIGN_CORNERS", 6, [0.0, 0.0, 1 / 3, 2 / 3, 1.0, 1.0]),
        ("STRICT_ALIGN_CORNERS", 6, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ("DEFAULT", 6, [0.0, 1 / 3, 2 / 3, 1.0, 1.0, 1.0]),
        ("OFFSET_CORNERS", 6, [1 / 12, 0.25, 5 / 12, 7 / 12, 0.75, 11 / 12]),
        ("ALIGN_CORNERS", 1, [0.5]),
        ("STRICT_ALIGN_CORNERS", 1, [0.0]),
    ],
)
def test_sampling_modes_are_the_documented_ones(mode: str, size: int, grid: list[float]) -> None:
    """The documentation's interval [0, 1], along either axis."""
    interval = np.array([0, 1], np.float32)
    rows = arithmetic.resize_bilinear(interval.reshape(1, 1, 2, 1), size, 1, mode)
    columns = arithmetic.resize_bilinear(interval.reshape(1, 1, 1, 2), 1, size, mode)
    np.testing.assert_allclose(rows.ravel(), grid, atol=1e-6)
    np.testing.assert_allclose(columns.ravel(), grid, atol=1e-6)


@pytest.mark.parametrize(("mode", "align"), [("ALIGN_CORNERS", True), ("UNALIGN_CORNERS", False)])
@pytest.mark.parametrize("target", [(40, 56), (9, 31), (7, 5), (1, 1)])
def test_resize_is_torchs(mode: str, align: bool, target: tuple[int, int]) -> None:
    source = (1, 1) if align and target == (1, 1) else (7, 13)
    x = random(1, 4, *source)
    expected = functional.interpolate(
        torch.from_numpy(x), target, mode="bilinear", align_corners=align
    ).numpy()
    got = arithmetic.resize_bilinear(x, *target, mode)
    np.testing.assert_allclose(got, expected, atol=1e-6 * np.ptp(x))


def test_average_pool_counts_padding_unless_told_not_to() -> None:
    x = torch.from_numpy(random(1, 2, 9, 8))
    for counted in (True, False):
        expected = functional.avg_pool2d(x, 3, 2, 1, count_include_pad=counted).numpy()
        got = arithmetic.avg_pool(
            x.numpy(), (3, 3), (2, 2), "custom", (1, 1, 1, 1), exclude_padding_from_average=not counted
        )
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_max_pool_never_takes_the_padding() -> None:
    x = -1 - torch.from_numpy(random(1, 2, 9, 8)) ** 2
    expected = functional.max_pool2d(x, 3, 2, 1).numpy()
    got = arithmetic.max_pool(x.numpy(), (3, 3), (2, 2), "custom", (1, 1, 1, 1))
    np.testing.assert_array_equal(got, expected)


def test_batch_norm_is_torchs() -> None:
    x, mean, variance = random(1, 5, 4, 3), random(5, seed=1), random(5, seed=2) ** 2
    gamma, beta = random(5, seed=3), random(5, seed=4)
    t = torch.from_numpy
    expected = functional.batch_norm(t(x), t(mean), t(variance), t(gamma), t(beta), eps=1e-3).numpy()
    np.testing.assert_allclose(
        arithmetic.batch_norm(x, mean, variance, gamma, beta, 1e-3), expected, atol=1e-5
    )


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_matmul_turns_what_it_is_told_to_turn(left: bool, right: bool) -> None:
    x, y = random(1, 2, 3, 4), random(1, 1, 4, 5)
    turned = arithmetic.matmul(x.swapaxes(2, 3) if left else x, y.swapaxes(2, 3) if right else y, left, right)
    np.testing.assert_allclose(turned, x @ y)


def test_pad_starts_at_the_last_axes() -> None:
    padded = arithmetic.pad(np.ones((1, 2, 3, 4), np.float32), [1, 0, 0, 2], "constant", 7)
    assert padded.shape == (1, 2, 4, 6)
    assert (padded[0, 0, 0] == 7).all()
    assert (padded[0, 0, :, 4:] == 7).all()
    assert (padded[0, :, 1:, :4] == 1).all()


def test_argmax_takes_the_first_of_equals() -> None:
    x = np.array([1, 3, 3], np.float32).reshape(1, 3, 1, 1)
    assert arithmetic.reduce_argmax(x, 1, False).item() == 1
