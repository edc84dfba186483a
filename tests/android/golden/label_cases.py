"""Coarse logits to full-size labels: what real models give at real sizes, and logits made to be hard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from export.forms import Form
from fastscnn.graph import kernels, labels
from fastscnn.graph.graph import Array
from fastscnn.info import Size
from tests.android.golden.archive import Entries, entries
from tests.android.golden.cases import Case
from tests.android.golden.outputs import output_of


@dataclass(frozen=True)
class Logits:
    """Numbers that a model might give, and what they stand for."""

    name: str
    values: Array
    """Height x width x classes; float32, int8 or uint8."""
    size: Size
    align_corners: bool
    scale: float = 1.0
    zero_point: int = 0


def golden(case: Logits) -> Entries:
    stands_for = case.values
    if stands_for.dtype != np.float32:
        stands_for = (stands_for.astype(np.float32) - case.zero_point) * np.float32(case.scale)
    found = labels.from_logits(stands_for, case.size, case.align_corners)
    facts = {
        "name": case.name,
        "shape": list(case.values.shape),
        "dtype": case.values.dtype.name,
        "scale": case.scale,
        "zeroPoint": case.zero_point,
        "size": list(case.size),
        "alignCorners": case.align_corners,
    }
    return entries(facts, logits=case.values, labels=found.astype(np.uint8))


def cases() -> Iterator[Logits]:
    yield from _real()
    yield from _hard()


def _real() -> Iterator[Logits]:
    """The phone preset's own logits of two photographs, at the sizes that it is used at."""
    for index, size in enumerate(((360, 480), (512, 1024))):
        for align_corners in (True, False):
            form = Form(size, "int8", "rgba", stride=8)
            how = "corners" if align_corners else "half_pixel"
            case = Case(f"real_{size[0]}x{size[1]}_{how}", form, size, photograph=index)
            values, tensor = output_of(case)
            yield Logits(case.name, values, size, align_corners, tensor.scale or 1.0, tensor.zero_point or 0)


def _hard() -> Iterator[Logits]:
    for number, maker in enumerate((random, few_levels, a_bit_apart, between_corners)):
        for align_corners in (True, False):
            how = "corners" if align_corners else "half_pixel"
            values = maker(np.random.default_rng(number), (9, 11), 19)
            yield Logits(f"{maker.__name__}_{how}", values, (67, 83), align_corners)
    steps = np.random.default_rng(7).integers(-2, 3, (9, 11, 19))
    yield Logits("few_steps_int8", steps.astype(np.int8), (72, 88), False, 0.1, -1)
    yield Logits("few_steps_uint8", (steps + 128).astype(np.uint8), (72, 88), True, 0.0372, 127)
    yield Logits("enlarged_row", random(np.random.default_rng(8), (1, 7), 5), (40, 61), False)
    yield Logits("enlarged_cell", random(np.random.default_rng(9), (1, 1), 256), (5, 7), True)
    yield Logits("made_smaller", random(np.random.default_rng(10), (20, 30), 11), (7, 9), False)
    regions = kernels.resize(random(np.random.default_rng(11), (4, 5), 11), (45, 60), True)
    yield Logits("regions", regions.astype(np.float32), (360, 480), True)


Maker = Callable[[np.random.Generator, Size, int], Array]


def random(rng: np.random.Generator, size: Size, classes: int) -> Array:
    return rng.standard_normal((*size, classes)).astype(np.float32)


def few_levels(rng: np.random.Generator, size: Size, classes: int) -> Array:
    """Ties at the corners, and between them where float32 rounds so."""
    return rng.integers(-3, 4, (*size, classes)).astype(np.float32) * np.float32(0.1)


def a_bit_apart(rng: np.random.Generator, size: Size, classes: int) -> Array:
    """All classes within two units of the last place: which one wins is a matter of rounding."""
    base = np.repeat(rng.standard_normal((*size, 1)).astype(np.float32), classes, axis=2)
    near: Array = (base.view(np.int32) + rng.integers(-2, 3, base.shape, np.int32)).view(np.float32)
    return near


def between_corners(rng: np.random.Generator, size: Size, classes: int) -> Array:
    """A checkerboard of two classes; a third is half as great everywhere, or a little less."""
    logits = np.zeros((*size, classes), np.float32)
    odd = np.indices(size).sum(axis=0) % 2
    logits[..., 0], logits[..., -1] = 10 * odd, 10 * (1 - odd)
    logits[..., classes // 2] = rng.choice(np.array([5, 6, 4.9999995], np.float32), size)
    return logits
