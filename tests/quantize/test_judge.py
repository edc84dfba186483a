"""Float beside int8 on pictures: agreement, scores that fastscnn-eval would give, and what breaks a limit."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from fastscnn.console import Console
from fastscnn.data.class_names import matched
from fastscnn.data.datasets import Picture, Sample
from fastscnn.data.limits import Limits
from fastscnn.graph.graph import Array
from quantize.judge import Judgement, Trial, judge

CLASSES = ("sky", "road", "pole")
QUIET = Console(quiet=True)
RNG = np.random.default_rng(7)


def pictures(count: int, size: tuple[int, int] = (20, 50)) -> list[Picture]:
    """Masks: sky above, road below, a pole in ten of a thousand pixels; the red channel shows the mask."""
    found = []
    for number in range(count):
        mask = np.zeros(size, np.uint8)
        mask[10:] = 1
        mask[:10, 5] = 2
        pixels = np.repeat(mask[:, :, None], 3, axis=2)
        pixels[:, :, 1] = number
        found.append(Picture(Sample(Path(f"{number}.png"), Path(f"{number}.mask.png")), pixels, mask))
    return found


def right(pixels: Array) -> Array:
    return pixels[:, :, 0].astype(np.int32)


class WrongIn:
    """Right but for so many pixels of one class, which are taken for another."""

    def __init__(self, count: int, truth: int, seen: int) -> None:
        self.count, self.truth, self.seen = count, truth, seen

    def __call__(self, pixels: Array) -> Array:
        labels = right(pixels)
        places = np.flatnonzero(labels == self.truth)[: self.count]
        labels.flat[places] = self.seen
        return labels


def trial(count: int = 3, *, masks: bool = True) -> Trial:
    meaning = matched(CLASSES, CLASSES) if masks else None
    return Trial("val", count, pictures(count), CLASSES, meaning)


def judged(after: object, *, masks: bool = True) -> Judgement:
    return judge(trial(masks=masks), right, after, QUIET)  # type: ignore[arg-type]


def test_equal_networks_agree_everywhere_and_lose_nothing() -> None:
    found = judged(right)
    assert found.label_agreement == 1.0
    assert found.complaints(Limits()) == []
    figures = found.as_json()
    assert figures["pictures"] == 3
    assert figures["split"] == "val"
    assert figures["float"] == figures["int8"] == {"miou": 1.0, "per_class": dict.fromkeys(CLASSES, 1.0)}


def test_what_is_lost_is_counted_on_both_sides() -> None:
    figures = judged(WrongIn(100, 0, 1)).as_json()
    assert figures["label_agreement"] == pytest.approx(0.9)
    assert figures["int8"]["per_class"]["sky"] == pytest.approx(390 / 490)
    assert figures["int8"]["per_class"]["road"] == pytest.approx(500 / 600)
    assert figures["float"]["miou"] == 1.0
    assert figures["class_shares"] == pytest.approx({"sky": 0.49, "road": 0.5, "pole": 0.01})


def test_a_mean_or_a_class_beyond_its_limit_is_named() -> None:
    complaints = judged(WrongIn(100, 0, 1)).complaints(Limits())
    assert len(complaints) == 3
    assert complaints[0] == "mIoU falls by 12.36 points (most 1)"
    assert complaints[1].startswith("sky, 49.0 % of the pixels, falls by 20.4")
    assert judged(WrongIn(100, 0, 1)).complaints(Limits(miou_loss=0.2, class_loss=0.3)) == []


def test_a_class_with_few_pixels_may_fall_as_long_as_the_mean_holds() -> None:
    loose = Limits(miou_loss=0.5)
    assert any(line.startswith("pole") for line in judged(WrongIn(9, 2, 0)).complaints(loose))
    assert judged(WrongIn(9, 2, 0)).complaints(Limits(miou_loss=0.5, class_share=0.02)) == []


def test_without_masks_equal_labels_decide() -> None:
    found = judged(WrongIn(110, 0, 1), masks=False)
    assert set(found.as_json()) == {"split", "pictures", "label_agreement"}
    assert found.complaints(Limits()) == ["labels agree on 0.8900 of the pixels (least 0.9)"]
    assert found.complaints(Limits(agreement=0.85)) == []


def test_a_slow_picture_is_waited_for() -> None:
    def slow_at_first(pixels: Array) -> Array:
        if pixels[0, 0, 1] == 0:
            time.sleep(0.05)
        return right(pixels)

    found = judge(trial(6), slow_at_first, right, QUIET)
    assert found.pictures == 6
    assert found.label_agreement == 1.0


def test_an_error_in_one_picture_ends_the_trial() -> None:
    def breaks(pixels: Array) -> Array:
        if pixels[0, 0, 1] == 2:
            raise ValueError("picture 2")
        return right(pixels)

    with pytest.raises(ValueError, match="picture 2"):
        judge(trial(6), breaks, right, QUIET)
