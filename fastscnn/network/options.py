"""`--variant key=value`: the network's switches and preprocessing, parsed and spelled. No torch here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fastscnn.errors import VariantError
from fastscnn.info import Preprocessing
from fastscnn.network.variant import Variant

HINTS = get_type_hints(Variant)
CORNERS = ("pyramid_align_corners", "fusion_align_corners", "output_align_corners")
PREPROCESSING = ("mean", "std", "order")
SHAPING = (
    "pyramid_bins",
    "pyramid_channels",
    "pyramid_norm",
    "pyramid_kernel",
    "fusion_depthwise",
    "fusion_norm",
    "classifier_pointwise",
    "biased",
)
"""Switches with which tensors have other shapes, or are others."""
KEYS = (*(entry.name for entry in fields(Variant)), "align_corners", *PREPROCESSING)
SPELLED_BOOL = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
SIMPLIFIED = ("output_stride", "fusion_relu", *PREPROCESSING)
"""What the simplified network can be asked for."""


@dataclass(frozen=True)
class Options:
    """A variant and a preprocessing after `--variant` was heard."""

    variant: Variant
    preprocessing: Preprocessing
    said: tuple[str, ...] = ()
    """What was understood, for the report."""


def apply(
    wishes: Mapping[str, str], variant: Variant, preprocessing: Preprocessing, *, simplified: bool = False
) -> Options:
    """The layout's switches with the user's over them."""
    keys = SIMPLIFIED if simplified else KEYS
    changes: dict[str, Any] = {}
    said: list[str] = []
    for key, value in wishes.items():
        if key not in keys:
            raise _unknown(key, keys, simplified)
        if key == "align_corners":
            changes |= dict.fromkeys(CORNERS, _parsed(key, value, bool))
        elif key not in PREPROCESSING:
            changes[key] = _parsed(key, value, HINTS[key])
        said.append(f"{key}={value}, as --variant says.")
    _check_numbers(changes)
    heard = {key: value for key, value in wishes.items() if key in PREPROCESSING}
    chosen, scaled = _preprocessing(heard, preprocessing)
    return Options(replace(variant, **changes), chosen, (*said, *scaled))


def spelled(variant: Variant) -> dict[str, str]:
    """Every switch as `--variant` would spell it."""
    return {entry.name: _spelled(getattr(variant, entry.name)) for entry in fields(Variant)}


def from_spelled(switches: Mapping[str, Any]) -> Variant:
    """The variant whose spelled switches these are."""
    return apply({key: str(value) for key, value in switches.items()}, Variant(), Preprocessing()).variant


def from_table(switches: Mapping[str, Any]) -> Variant:
    """The variant of a layout's file."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in switches.items()}
    return Variant(**values)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


def _unknown(key: str, keys: tuple[str, ...], simplified: bool) -> VariantError:
    close = get_close_matches(key, keys, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]}? " if close else ""
    whose = "The simplified network" if simplified else "The network"
    return VariantError(f"{whose} has no switch called {key!r}.", f"{guess}Known: {', '.join(sorted(keys))}.")


def _refused(key: str, value: str, wanted: str) -> VariantError:
    choices = wanted.split(", ")
    close = get_close_matches(value, choices, n=1, cutoff=0.5) if len(choices) > 1 else []
    guess = f"Did you mean {close[0]}? " if close else ""
    return VariantError(f"--variant {key}={value}: {key} cannot be {value!r}.", f"{guess}It takes {wanted}.")


def _parsed(key: str, value: str, kind: Any) -> Any:
    """The value in the type that the switch has."""
    text = value.strip()
    if kind is bool:
        if text.lower() not in SPELLED_BOOL:
            raise _refused(key, value, "true, false")
        return SPELLED_BOOL[text.lower()]
    if get_origin(kind) is Literal:
        choices = {str(choice): choice for choice in get_args(kind)}
        if text not in choices:
            raise _refused(key, value, ", ".join(choices))
        return choices[text]
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return tuple(_parsed(key, part, item) for part in text.split(",")) if text else ()
    if kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _refused(key, value, "a whole number" if kind is int else "a number")
        return number
    raise TypeError(f"{key} has a type that cannot be spelled: {kind or NoneType}")


def _check_numbers(changes: Mapping[str, Any]) -> None:
    bins = changes.get("pyramid_bins", (1,))
    if not bins or not all(1 <= size <= 64 for size in bins) or len(bins) > 8:
        raise _refused("pyramid_bins", _spelled(bins), "up to 8 whole numbers from 1 to 64, such as 1,2,4,8")
    for key, limit in (("fusion_dilation", 64), ("pyramid_channels", 1024)):
        if not 1 <= changes.get(key, 1) <= limit:
            raise _refused(key, _spelled(changes[key]), f"a whole number from 1 to {limit}")
    if not 0 < changes.get("norm_epsilon", 1e-5) <= 1:
        raise _refused("norm_epsilon", _spelled(changes["norm_epsilon"]), "a number above 0 and up to 1")


def _preprocessing(heard: Mapping[str, str], given: Preprocessing) -> tuple[Preprocessing, list[str]]:
    order = heard.get("order", given.order).strip().lower()
    if order not in ("rgb", "bgr"):
        raise _refused("order", heard["order"], "rgb, bgr")
    mean, std = given.mean, given.std
    mean = _three("mean", heard["mean"]) if "mean" in heard else mean
    std = _three("std", heard["std"]) if "std" in heard else std
    said: list[str] = []
    if order != given.order and not ("mean" in heard and "std" in heard):
        first = {"rgb": "red", "bgr": "blue"}[order]
        said.append(f"mean and std were left as they are: their first number is now {first}'s.")
    units = [name for name in ("mean", "std") if name in heard]
    if units and all(abs(v) <= 1 for name in units for v in {"mean": mean, "std": std}[name]):
        # a std of 1 with a mean in pixels divides by nothing; a mean of 0 alone says no unit
        if "mean" in units and not (units == ["mean"] and not any(mean)):
            mean = tuple(255 * v for v in mean)
        if "std" in units and not (units == ["std"] and all(v == 1 for v in std)):
            std = tuple(255 * v for v in std)
        said.append(f"{' and '.join(units)} are at most 1: taken as parts of 255.")
    if not all(v > 0 for v in std):
        raise _refused("std", heard.get("std", ""), "three numbers above 0")
    return Preprocessing("rgb" if order == "rgb" else "bgr", mean, std), said


def _three(key: str, value: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in value.replace(";", ",").split(","))
    except ValueError:
        numbers = ()
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3 or not all(math.isfinite(v) for v in numbers):
        raise _refused(key, value, "three numbers with commas between, such as 123.675,116.28,103.53")
    return numbers
