"""One file on labelled pictures, in a process of its own: what it holds, and which labels it gives.

    python -m benchmarks.peers.judge JOB.json ANSWER.json

JOB.json: `file`; `pixels`, whether it takes RGB bytes; `kit`; `data` with the pictures to judge on, null for
those of the kit; `judged`, how many, null for all; `reference`, the labels of the float network, null for
itself; `labels`, where its own are kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.latency import Facts
from benchmarks.opened import Opened, opened
from benchmarks.peers import audit
from benchmarks.peers.contract import Kit
from fastscnn.data.class_names import matched
from fastscnn.data.datasets import Dataset, Picture, Sample, open_dataset, squashed
from fastscnn.data.scores import Score, chosen
from fastscnn.graph import labels
from fastscnn.graph.first_layer import normalised

Array = np.ndarray
SPLIT = "val"
THREADS = 2


def main(arguments: list[str]) -> int:
    job, answer = json.loads(Path(arguments[0]).read_text()), Path(arguments[1])
    answer.write_text(json.dumps(judged(job)))
    return 0


def judged(job: Facts) -> Facts:
    """The answer to a job."""
    kit, file = Kit.open(Path(job["kit"])), Path(job["file"])
    network = Labeller(opened(file, THREADS), kit, job["pixels"])
    data = open_dataset(job["data"]) if job["data"] else None
    found: list[Array] = []
    score = Score.empty(data.classes) if data is not None else None
    meaning = matched(kit.classes, data.classes) if data is not None else None
    for picture in _pictures(kit, data, job["judged"]):
        found.append(network.labels(picture.pixels))
        if score is not None and meaning is not None:
            score.add(picture, meaning.of(found[-1]))
    np.savez(job["labels"], *found)
    return {
        **audit.audited(file, kit.integers),
        "agreement": _agreement(found, job["reference"]),
        "miou": score.miou() if score is not None else None,
        "pictures": len(found),
    }


@dataclass(frozen=True)
class Labeller:
    """A file of anybody's, from RGB pixels to labels."""

    network: Opened
    kit: Kit
    pixels: bool

    def labels(self, pixels: Array) -> Array:
        given = self._given(squashed(pixels, self.kit.size))
        logits = self.network.run(given)
        if self.network.planar:
            logits = logits.transpose(1, 2, 0)
        if self.network.gives is not None:
            logits = self.network.gives.floats(logits)
        target = (pixels.shape[0], pixels.shape[1])
        logits = np.ascontiguousarray(logits, np.float32)
        return labels.at(logits, self.kit.size, target, self.kit.align_corners).astype(np.uint8)

    def _given(self, pixels: Array) -> Array:
        if self.pixels:
            opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
            tensor = np.concatenate([pixels, opaque], axis=2)[:, :, : self.network.channels]
        else:
            tensor = normalised(pixels, self.kit.preprocessing)
            tensor = tensor if self.network.takes is None else self.network.takes.of(tensor)
        return np.ascontiguousarray(tensor.transpose(2, 0, 1) if self.network.planar_input else tensor)


def _pictures(kit: Kit, data: Dataset | None, limit: int | None) -> Iterator[Picture]:
    if data is not None:
        yield from data.stream(chosen(data.samples(SPLIT), limit))
        return
    for number, pixels in enumerate(chosen(list(kit.pixels()), limit)):
        yield Picture(Sample(Path(f"{number}"), None), pixels, None)


def _agreement(found: list[Array], reference: str | None) -> float:
    """The share of pixels with the float network's label."""
    if reference is None:
        return 1.0
    with np.load(reference) as kept:
        theirs = [kept[name] for name in kept.files]
    equal = sum(int((a == b).sum()) for a, b in zip(found, theirs, strict=True))
    return equal / sum(map(np.size, found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
