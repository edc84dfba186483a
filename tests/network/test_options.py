"""--variant: switches parsed, spelled and refused."""

from __future__ import annotations

import pytest

from fastscnn.errors import VariantError
from fastscnn.info import Preprocessing
from fastscnn.network import options
from fastscnn.network.variant import OURS, Variant

IMAGENET = Preprocessing()


def heard(wishes: dict[str, str]) -> options.Options:
    return options.apply(wishes, OURS, IMAGENET)


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"first_padding": "same"}, Variant(first_padding="same")),
        ({"depthwise_relu": "No"}, Variant(depthwise_relu=False)),
        ({"pyramid_bins": "1,2,4,8"}, Variant(pyramid_bins=(1, 2, 4, 8))),
        ({"output_stride": "8"}, Variant(output_stride=8)),
        ({"biased": "fusion,pyramid"}, Variant(biased=("fusion", "pyramid"))),
        (
            {"align_corners": "true"},
            Variant(pyramid_align_corners=True, fusion_align_corners=True, output_align_corners=True),
        ),
        (
            {"align_corners": "true", "pyramid_align_corners": "false"},
            Variant(fusion_align_corners=True, output_align_corners=True),
        ),
    ],
)
def test_switches_take_their_own_types(wishes: dict[str, str], expected: Variant) -> None:
    assert heard(wishes).variant == expected


def test_every_switch_is_spelled_as_it_is_parsed() -> None:
    variant = Variant(biased=("fusion",), pyramid_bins=(1, 4), relu6=True, norm_epsilon=1e-3)
    assert options.from_spelled(options.spelled(variant)) == variant


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("firstpadding", "first_padding"), ("alignCorners", "align_corners"), ("means", "mean")],
)
def test_an_unknown_switch_is_answered_with_the_nearest(key: str, nearest: str) -> None:
    with pytest.raises(VariantError, match=f"Did you mean {nearest}"):
        heard({key: "1"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("first_padding", "2"),
        ("relu6", "perhaps"),
        ("pyramid_pool", "avg"),
        ("pyramid_bins", "1,2,x"),
        ("pyramid_bins", ""),
        ("pyramid_bins", "0,1"),
        ("pyramid_bins", "1000"),
        ("fusion_dilation", "0"),
        ("norm_epsilon", "nan"),
        ("output_stride", "4"),
        ("order", "gbr"),
        ("mean", "1,2"),
        ("mean", "a,b,c"),
        ("std", "0,1,1"),
        ("std", "inf,1,1"),
    ],
)
def test_a_value_that_a_switch_cannot_take_is_refused_with_those_it_takes(key: str, value: str) -> None:
    with pytest.raises(VariantError, match=f"--variant {key}=") as caught:
        heard({key: value})
    assert "It takes" in caught.value.remedy


def test_mean_and_std_as_parts_of_255_are_recognised_and_said() -> None:
    found = heard({"mean": "0.5,0.5,0.5", "std": "0.25,0.25,0.25"})
    assert found.preprocessing == Preprocessing("rgb", (127.5,) * 3, (63.75,) * 3)
    assert any("parts of 255" in line for line in found.said)


def test_mean_and_std_in_pixels_stay() -> None:
    found = heard({"mean": "100,110,120", "std": "1,1,1"})
    assert found.preprocessing == Preprocessing("rgb", (100.0, 110.0, 120.0), (1.0, 1.0, 1.0))
    assert heard({"std": "1,1,1"}).preprocessing.std == (1.0, 1.0, 1.0)


def test_one_number_stands_for_three() -> None:
    assert heard({"mean": "127.5"}).preprocessing.mean == (127.5, 127.5, 127.5)


def test_the_order_alone_leaves_mean_and_std_in_their_places() -> None:
    found = heard({"order": "bgr"})
    assert found.preprocessing == Preprocessing("bgr", IMAGENET.mean, IMAGENET.std)
    assert any("blue" in line for line in found.said)
