"""The C header's labels are torch's: the argmax of F.interpolate, ties of floats included."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from benchmarks.native import compiled
from benchmarks.native.compiled import ALIGN_CORNERS, CHANNELS_LAST, PLANAR, Native
from fastscnn.graph import kernels, labels
from fastscnn.graph.graph import Array, Pair

FOLDER = Path(compiled.__file__).parent
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
BUILDS = {
    "as applications build": compiled.OPTIONS,
    "without fused multiply-add": ("-std=c99", "-O2", "-DFASTSCNN_PORTABLE"),
    "without optimisation": ("-std=c99", "-O0"),
}
SIZES: list[tuple[Pair, Pair]] = [
    ((45, 60), (360, 480)),
    ((13, 17), (97, 131)),
    ((12, 16), (97, 131)),
    ((5, 7), (40, 56)),
    ((20, 30), (7, 9)),
    ((1, 1), (80, 90)),
    ((1, 7), (60, 300)),
    ((7, 1), (60, 90)),
    ((30, 40), (100, 33)),
    ((6, 9), (6, 9)),
]
Maker = Callable[[np.random.Generator, Pair, int], Array]

needs_compiler = pytest.mark.skipif(compiled.compiler() is None, reason="no C compiler")
needs_fused_torch = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"),
    reason="torch's kernels round otherwise on this CPU: no fused multiply-add",
)
pytestmark = [needs_compiler, needs_fused_torch]


@cache
def built(build: str = "as applications build") -> Native:
    return Native(BUILDS[build])


def smooth(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    """Regions, borders between them, a little noise."""
    coarse = rng.standard_normal((max(2, size[0] // 6), max(2, size[1] // 6), classes))
    noise = 0.05 * rng.standard_normal((*size, classes))
    return (kernels.resize(coarse, size, True) + noise).astype(np.float32)


def random(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    return rng.standard_normal((*size, classes)).astype(np.float32)


def few_levels(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    """Ties at the corners, and between them where float32 rounds so."""
    return rng.integers(-3, 4, (*size, classes)).astype(np.float32) * np.float32(0.1)


def a_bit_apart(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    """All classes within two units of the last place: which one wins is a matter of rounding."""
    base = np.repeat(rng.standard_normal((*size, 1)).astype(np.float32), classes, axis=2)
    steps = rng.integers(-2, 3, base.shape, np.int32)
    near: Array = (base.view(np.int32) + steps).view(np.float32)
    return near


def of_any_magnitude(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    wide = rng.standard_normal((*size, classes)) * 10.0 ** rng.integers(-20, 20, (*size, classes))
    return wide.astype(np.float32)


def all_alike(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    return np.zeros((*size, classes), np.float32)


def winners_between_corners(rng: np.random.Generator, size: Pair, classes: int) -> Array:
    """A checkerboard of two classes; a third is half as great everywhere, or a little less."""
    logits = np.zeros((*size, classes), np.float32)
    odd = np.indices(size).sum(axis=0) % 2
    logits[..., 0], logits[..., -1] = 10 * odd, 10 * (1 - odd)
    logits[..., classes // 2] = rng.choice(np.array([5, 6, 4.9999995], np.float32), size)
    return logits


MAKERS: list[Maker] = [
    smooth,
    random,
    few_levels,
    a_bit_apart,
    of_any_magnitude,
    all_alike,
    winners_between_corners,
]


def by_torch(logits: Array, size: Pair, flags: int) -> tuple[Array, int]:
    """torch's labels, and at how many pixels two classes tie."""
    order = torch.channels_last if flags & CHANNELS_LAST else torch.contiguous_format
    batch = torch.from_numpy(logits).permute(2, 0, 1)[None].contiguous(memory_format=order)
    large = functional.interpolate(
        batch, size=size, mode="bilinear", align_corners=bool(flags & ALIGN_CORNERS)
    )[0]
    ties = (large == large.amax(0)).sum(0) > 1
    return large.argmax(0).numpy(), int(ties.sum())


def differing(
    native: Native, logits: Array, size: Pair, flags: int, scale: float = 1.0, zero_point: int = 0
) -> tuple[int, int]:
    """Pixels that differ from torch's, and pixels that tie there."""
    stands_for = logits
    if logits.dtype != np.float32:
        stands_for = (logits.astype(np.float32) - zero_point) * np.float32(scale)
    expected, ties = by_torch(stands_for, size, flags)
    found = native.labels(logits, size, flags, scale=scale, zero_point=zero_point)
    return int(np.count_nonzero(found != expected)), ties


@pytest.mark.parametrize("flags", [0, ALIGN_CORNERS, CHANNELS_LAST, ALIGN_CORNERS | CHANNELS_LAST])
@pytest.mark.parametrize("maker", MAKERS)
def test_no_pixel_differs_from_torch(maker: Maker, flags: int) -> None:
    rng, tied = np.random.default_rng(flags), 0
    for small, large in SIZES:
        for classes in (2, 5, 19):
            wrong, ties = differing(built(), maker(rng, small, classes), large, flags)
            assert wrong == 0, (small, large, classes)
            tied += ties
    if maker in (few_levels, a_bit_apart, all_alike):
        assert tied > 1000, "where classes tie, the same one wins"


@pytest.mark.parametrize("build", BUILDS)
def test_every_build_gives_the_same(build: str) -> None:
    rng = np.random.default_rng(7)
    for maker in MAKERS:
        for flags in (0, ALIGN_CORNERS | CHANNELS_LAST):
            assert differing(built(build), maker(rng, (13, 17), 19), (97, 131), flags)[0] == 0, maker.__name__


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("spread", [256, 4])
def test_integers_are_the_numbers_that_they_stand_for(dtype: str, spread: int) -> None:
    rng, tied = np.random.default_rng(spread), 0
    for small, large in SIZES:
        for flags in (0, ALIGN_CORNERS):
            steps = rng.integers(0, spread, (*small, 11)) + (256 - spread) // 2
            logits = steps.astype(np.uint8) if dtype == "uint8" else (steps - 128).astype(np.int8)
            scale = float(np.float32(rng.uniform(0.01, 0.2)))
            zero_point = int(rng.integers(0, 256)) - (128 if dtype == "int8" else 0)
            wrong, ties = differing(built(), logits, large, flags, scale, zero_point)
            assert wrong == 0, (small, large)
            tied += ties
    assert tied > 100


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    small=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    large=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    classes=st.integers(1, 40),
    flags=st.integers(0, 3),
    maker=st.sampled_from(MAKERS),
)
def test_any_logits_to_any_size(
    seed: int, small: Pair, large: Pair, classes: int, flags: int, maker: Maker
) -> None:
    logits = maker(np.random.default_rng(seed), small, classes)
    assert differing(built(), logits, large, flags)[0] == 0


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8"])
def test_planes_of_classes_are_the_same_logits(dtype: str) -> None:
    rng = np.random.default_rng(3)
    logits = (rng.standard_normal((12, 16, 7)) * 20 + 64).astype(dtype)
    native = built()
    numbers = {"scale": 0.5, "zero_point": 3}
    planar = native.labels(np.ascontiguousarray(logits.transpose(2, 0, 1)), (96, 128), PLANAR, **numbers)  # type: ignore[arg-type]
    np.testing.assert_array_equal(planar, native.labels(logits, (96, 128), **numbers))  # type: ignore[arg-type]


@pytest.mark.parametrize("maker", MAKERS)
def test_numpy_gives_the_same(maker: Maker) -> None:
    for small, large in ((45, 60), (360, 480)), ((13, 17), (97, 131)), ((1, 7), (60, 300)):
        for align_corners in (False, True):
            logits = maker(np.random.default_rng(5), small, 19)
            found = built().labels(logits, large, ALIGN_CORNERS if align_corners else 0)
            np.testing.assert_array_equal(labels.from_logits(logits, large, align_corners), found)


def test_256_classes_fit_into_a_byte_and_more_are_refused() -> None:
    rng = np.random.default_rng(6)
    assert differing(built(), random(rng, (6, 9), 256), (48, 72), 0)[0] == 0
    with pytest.raises(ValueError, match="-1"):
        built().labels(random(rng, (6, 9), 257), (48, 72))
    with pytest.raises(ValueError, match="-1"):
        built().labels(random(rng, (6, 9), 3), (0, 72))


def test_the_header_compiles_without_a_warning_as_c_and_as_cpp(tmp_path: Path) -> None:
    for language in ("c", "c++"):
        source = tmp_path / f"user.{language}"
        source.write_text(
            '#include "fastscnn_labels.h"\n#include "fastscnn_labels.h"\nint main() { return 0; }\n'
        )
        standard = ["-std=c99"] if language == "c" else []
        command = ["-x", language, *standard, "-O2", *STRICT, f"-I{FOLDER}", str(source)]
        compiled_ = _compile([*command, "-o", str(tmp_path / "user")])
        assert compiled_.returncode == 0, compiled_.stderr


PROBE = """
#include "fastscnn_labels.h"
#include <stdio.h>
int main(void) {
    const int sizes[][4] = {{1, 1, 1, 1}, {1, 1, 9, 7}, {3, 5, 24, 40}, {9, 2, 3, 200}, {8, 8, 8, 8},
                            {2, 3, 301, 5}};
    unsigned i, j;
    for (i = 0; i < 6; i++)
        for (j = 0; j < 8; j++) {
            const int *s = sizes[i];
            int classes = j & 1 ? 3 : 19, n = s[0] * s[1] * classes, k;
            int8_t *logits = malloc((size_t)n);
            float *floats = malloc(sizeof(float) * (size_t)n);
            uint8_t *labels = malloc((size_t)(s[2] * s[3]));
            for (k = 0; k < n; k++) logits[k] = (int8_t)(k * 2654435761u >> 24), floats[k] = logits[k] / 3.0f;
            if (fastscnn_labels_i8(logits, 0.1f, 5, s[0], s[1], classes, labels, s[2], s[3], (int)j))
                return 1;
            if (fastscnn_labels_f32(floats, s[0], s[1], classes, labels, s[2], s[3], (int)j))
                return 1;
            for (k = 0; k < s[2] * s[3]; k++) if (labels[k] >= classes) return 1;
            free(logits);
            free(floats);
            free(labels);
        }
    puts("sound");
    return 0;
}
"""


def test_it_touches_no_memory_that_is_not_its_own(tmp_path: Path) -> None:
    source, program = tmp_path / "probe.c", tmp_path / "probe"
    source.write_text(PROBE)
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    done = _compile(["-std=c99", "-O1", *sanitizers, f"-I{FOLDER}", str(source), "-o", str(program)])
    if done.returncode:
        pytest.skip("this compiler has no sanitizers")
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "sound"), ran.stderr


def _compile(words: list[str]) -> subprocess.CompletedProcess[str]:
    name = compiled.compiler()
    assert name is not None
    return subprocess.run([name, *words], capture_output=True, text=True, check=False)
