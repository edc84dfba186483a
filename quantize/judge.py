"""How an int8 network does beside the float one it was made of: what its file records, what the gate asks.

Scores are those of fastscnn-eval: labels at the mask's size, one confusion matrix over all pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastscnn.console import Console
from fastscnn.data import interval
from fastscnn.data.class_names import Meaning
from fastscnn.data.datasets import Picture
from fastscnn.data.limits import Limits, exceeded
from fastscnn.data.scores import Score
from fastscnn.graph.graph import Array

WORKERS = 2
"""Threads that judge side by side: numpy leaves half of a core idle."""
Labels = Callable[[Array], Array]
"""Class indices, at the size of the RGB pixels given."""


@dataclass(frozen=True)
class Trial:
    """The pictures that both networks are judged on."""

    split: str
    count: int
    pictures: Iterable[Picture]
    classes: tuple[str, ...] = ()
    """The data set's; empty where there are no masks."""
    meaning: Meaning | None = None
    """Which of them each class of the network means; None: judged by equal labels alone."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What was counted."""

    split: str
    pictures: int
    label_agreement: float
    """The share of pixels where both give the same label."""
    scores: tuple[Score, Score] | None
    """Of the float and of the int8 network; None without masks."""

    def as_json(self) -> dict[str, Any]:
        """What a file's record keeps as `figures`."""
        known: dict[str, Any] = {
            "split": self.split,
            "pictures": self.pictures,
            "label_agreement": self.label_agreement,
        }
        if self.scores is not None:
            for name, score in zip(("float", "int8"), self.scores, strict=True):
                known[name] = {"miou": score.miou(), "per_class": score.per_class()}
            known["class_shares"] = self.scores[0].shares()
            if None not in (known["float"]["miou"], known["int8"]["miou"]):
                before, after = (score.each for score in self.scores)
                known["miou_change_95"] = list(interval.of_difference(before, after))
        return known

    def complaints(self, limits: Limits) -> list[str]:
        """The limits that are broken, in words; none where the network may be delivered."""
        if self.scores is not None:
            return exceeded(*self.scores, limits)
        if self.label_agreement >= limits.agreement:
            return []
        return [f"labels agree on {self.label_agreement:.4f} of the pixels (least {limits.agreement:g})"]


def judge(trial: Trial, before: Labels, after: Labels, console: Console) -> Judgement:
    """Both networks on every picture of the trial."""
    scores = None
    if trial.meaning is not None:
        scores = (Score.empty(trial.classes), Score.empty(trial.classes))
    equal = counted = judged = 0

    def both(picture: Picture) -> tuple[Picture, Array, Array]:
        return picture, before(picture.pixels), after(picture.pixels)

    results = _side_by_side(both, trial.pictures)
    for picture, *found in console.progress(results, "judging", trial.count):
        equal += int((found[0] == found[1]).sum())
        counted += found[0].size
        judged += 1
        if scores is not None and trial.meaning is not None:
            for score, labels in zip(scores, found, strict=True):
                score.add(picture, trial.meaning.of(labels))
    return Judgement(trial.split, judged, equal / max(counted, 1), scores)


def _side_by_side(
    work: Callable[[Picture], tuple[Picture, Array, Array]], pictures: Iterable[Picture]
) -> Iterator[tuple[Picture, Array, Array]]:
    """The results in the pictures' order, a few of them at once."""
    with ThreadPoolExecutor(WORKERS) as pool:
        ahead: deque[Future[tuple[Picture, Array, Array]]] = deque()
        try:
            for picture in pictures:
                ahead.append(pool.submit(work, picture))
                if len(ahead) > WORKERS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for waiting in ahead:
                waiting.cancel()
