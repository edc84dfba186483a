"""From a camera's frame to full-size labels: a file and all that the host does around it, in turns.

Every lane lives in a process of its own: threads that one runtime keeps spinning do not slow another.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.latency import Facts, interleaved, median, ratio
from benchmarks.native.compiled import ALIGN_CORNERS, PLANAR, Native, build
from benchmarks.opened import opened
from fastscnn.graph import labels

Array = np.ndarray
Before = Literal["bytes", "three bytes", "floats", "normalised in numpy", "normalised in C"]
After = Literal["labels in C", "labels in numpy", "argmax in C", "argmax in numpy"]
BLOCK_SECONDS, BLOCK_FRAMES = 0.25, 3
WARM_UP = 5


@dataclass(frozen=True)
class Lane:
    """One way from R G B A bytes to labels."""

    name: str
    file: Path
    before: Before
    after: After
    scale: float | None = None
    zero_point: int | None = None
    """Of the file's output, where it is in integers."""
    align_corners: bool = False
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Timed:
    """What a lane took, in seconds a frame, round by round."""

    lane: Lane
    rounds: list[list[float]]
    parts: dict[str, float]
    """Medians: before, network, after."""
    labels: Array

    @property
    def median(self) -> float:
        return median([seconds for block in self.rounds for seconds in block])

    def against(self, other: Timed) -> Facts:
        """How much of the other's time it takes."""
        return ratio(self.rounds, other.rounds)


def measure(lanes: Sequence[Lane], frame: Array, threads: int, rounds: int) -> list[Timed]:
    """All lanes in turns, forth and back."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        library = build(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        ends = []
        for lane in lanes:
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, lane, frame, threads, library), daemon=True
            )
            process.start()
            stack.callback(process.terminate)
            ends.append(ours)
        first = [_answer(end) for end in ends]
        blocks: list[list[list[tuple[float, float, float]]]] = [[] for _ in lanes]
        for done in range(rounds):
            for index in interleaved(done, len(lanes)):
                ends[index].send("block")
                blocks[index].append(_answer(ends[index]))
    return [
        Timed(
            lane,
            [[sum(parts) for parts in block] for block in own],
            _parts([parts for block in own for parts in block]),
            found,
        )
        for lane, own, found in zip(lanes, blocks, first, strict=True)
    ]


def _parts(all_: list[tuple[float, float, float]]) -> dict[str, float]:
    columns = zip(*all_, strict=True)
    return dict(zip(("before", "network", "after"), map(median, columns), strict=True))


def _answer(end: Any) -> Any:
    outcome = end.recv()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _serve(end: Any, lane: Lane, frame: Array, threads: int, library: Path) -> None:
    """The life of a lane: its labels first, then blocks of timed frames until the other end closes."""
    try:
        way = Way(lane, frame, threads, library)
        found = way.labels()
        for _ in range(WARM_UP):
            way.labels()
    except Exception as error:  # whatever it is, the one who asked must hear it
        end.send(error)
        return
    end.send(found)
    while True:
        try:
            end.recv()
        except EOFError:
            return
        block: list[tuple[float, float, float]] = []
        until = time.perf_counter() + BLOCK_SECONDS
        while time.perf_counter() < until or len(block) < BLOCK_FRAMES:
            block.append(way.timed())
        end.send(block)


class Way:
    """A lane, ready to go."""

    def __init__(self, lane: Lane, frame: Array, threads: int, library: Path | None = None) -> None:
        network = opened(lane.file, threads)
        self.network, self.takes = network.run, network.takes
        self.planar, self.planar_input = network.planar, network.planar_input
        self.lane, self.frame = lane, frame
        self.size = (frame.shape[0], frame.shape[1])
        self.native = Native(library=library)
        self.mean, self.std = np.array(lane.mean, np.float32), np.array(lane.std, np.float32)
        self.before: Callable[[], Array] = {
            "bytes": self._bytes,
            "three bytes": self._three_bytes,
            "floats": self._floats,
            "normalised in numpy": self._normalised,
            "normalised in C": self._normalised_in_c,
        }[lane.before]
        self.after: Callable[[Array], Array] = {
            "labels in C": self._labels_in_c,
            "labels in numpy": self._labels,
            "argmax in C": lambda logits: self.native.argmax(logits, planar=self.planar),
            "argmax in numpy": lambda logits: logits.argmax(axis=0 if self.planar else 2),
        }[lane.after]

    def labels(self) -> Array:
        return self.after(self.network(self.before())).astype(np.uint8)

    def timed(self) -> tuple[float, float, float]:
        begun = time.perf_counter()
        tensor = self.before()
        prepared = time.perf_counter()
        logits = self.network(tensor)
        computed = time.perf_counter()
        self.after(logits)
        return prepared - begun, computed - prepared, time.perf_counter() - computed

    def _bytes(self) -> Array:
        return self.frame

    def _three_bytes(self) -> Array:
        return self._ordered(np.ascontiguousarray(self.frame[:, :, :3]))

    def _floats(self) -> Array:
        return self._ordered(self.frame.astype(np.float32))

    def _normalised(self) -> Array:
        tensor = (self.frame[:, :, :3].astype(np.float32) - self.mean) / self.std
        return self._ordered(tensor if self.takes is None else self.takes.of(tensor))

    def _normalised_in_c(self) -> Array:
        return self.native.normalise(self.frame, self.mean, self.std, planar=self.planar_input)

    def _ordered(self, tensor: Array) -> Array:
        return np.ascontiguousarray(tensor.transpose(2, 0, 1)) if self.planar_input else tensor

    def _labels_in_c(self, logits: Array) -> Array:
        flags = ALIGN_CORNERS * self.lane.align_corners + PLANAR * self.planar
        scale, zero_point = self.lane.scale or 1.0, self.lane.zero_point or 0
        return self.native.labels(logits, self.size, flags, scale=scale, zero_point=zero_point)

    def _labels(self, logits: Array) -> Array:
        channels_last = np.ascontiguousarray(logits.transpose(1, 2, 0)) if self.planar else logits
        if channels_last.dtype != np.float32:
            zero_point, scale = self.lane.zero_point or 0, np.float32(self.lane.scale or 1.0)
            channels_last = (channels_last.astype(np.float32) - zero_point) * scale
        return labels.from_logits(channels_last, self.size, self.lane.align_corners)
