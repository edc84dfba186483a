"""Latency of all files of a format in one interleaved run, and of a frame's way through each to labels."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import frames
from benchmarks.frames import Lane, Timed
from benchmarks.latency import Facts, median
from benchmarks.opened import opened
from benchmarks.peers.contract import Kit
from benchmarks.peers.made import Made
from fastscnn.errors import MeasurementError

THREADS = (1, 2)
RGBA = 4


@dataclass(frozen=True)
class Lengths:
    """How long is measured."""

    seconds: float
    """For each file of a comparison."""
    rounds: int
    """For each lane of a frame."""


def measure(made: Sequence[Made], kit: Kit, lengths: Lengths, say: Callable[[str], None]) -> Facts:
    """By suffix latency.py's document, and by threads each frame's way; the first of a suffix is ours."""
    groups: dict[str, list[Made]] = {}
    for one in made:
        assert one.file is not None
        groups.setdefault(one.file.suffix, []).append(one)
    found: Facts = {"latency": {}, "frames": {str(threads): {} for threads in THREADS}}
    for suffix, group in groups.items():
        say(f"{len(group)} {suffix} files in turns")
        found["latency"][suffix] = _compared(group, lengths.seconds)
        for threads in THREADS:
            say(f"frames through {len(group)} {suffix} files in turns, threads: {threads}")
            timed = frames.measure(
                [_lane(one, kit) for one in group], np.load(kit.frame), threads, lengths.rounds
            )
            found["frames"][str(threads)].update(_ways(group, timed))
    return found


def _compared(group: Sequence[Made], seconds: float) -> Facts:
    """latency.py's document: each against the first; its names are the rows' own."""
    words = ["--threads", ",".join(map(str, THREADS)), "--seconds", str(seconds), "--no-profile", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.latency", "--compare", *[str(one.file) for one in group], *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    document: Facts = json.loads(done.stdout)
    if "error" in document:
        error = document["error"]
        raise MeasurementError(error["message"], error["remedy"])
    names = _names(document, group)
    for entry in (*document["results"], *document["comparisons"]):
        entry["name"] = names[entry["file"]]
    return document


def _names(document: Facts, group: Sequence[Made]) -> Mapping[str, str]:
    """The row of each file, by what latency.py calls it; results stand in the order of the files."""
    return {result["file"]: one.name for result, one in zip(document["results"], group, strict=False)}


def _lane(one: Made, kit: Kit) -> Lane:
    """In numpy, ours and theirs: what an application does around each file."""
    assert one.file is not None
    network = opened(one.file, 1)
    if network.channels == RGBA:
        gives = network.gives
        return Lane(
            one.name,
            one.file,
            "bytes",
            "labels in numpy",
            scale=gives.scale if gives else None,
            zero_point=gives.zero_point if gives else None,
            align_corners=kit.align_corners,
        )
    if one.pixels:
        return Lane(one.name, one.file, "three bytes", "argmax in numpy")
    normalisation = kit.preprocessing
    return Lane(
        one.name,
        one.file,
        "normalised in numpy",
        "argmax in numpy",
        mean=normalisation.mean,
        std=normalisation.std,
    )


def _ways(group: Sequence[Made], timed: Sequence[Timed]) -> dict[str, Facts]:
    """Of each: its median, its parts, and the median of every round."""
    return {
        one.name: {
            "ms": way.median * 1e3,
            "parts_ms": {part: seconds * 1e3 for part, seconds in way.parts.items()},
            "block_ms": [median(block) * 1e3 for block in way.rounds],
        }
        for one, way in zip(group, timed, strict=True)
    }
