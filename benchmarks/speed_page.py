"""docs/speed.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks import latency
from benchmarks.frames import Timed
from benchmarks.latency import Facts
from benchmarks.speed_plan import MORE_CLASSES, SIZE, THREADS, TRIED, Change

Compared = Sequence[tuple[Change, Facts]]
"""Each change with latency.py's document on it."""
Ways = Mapping[int, Mapping[str, Sequence[Timed]]]
"""By threads, and by what the files are; ours first, those in numpy and in C last."""


def page(compared: Compared, ways: Ways) -> str:
    lines = [*_head(compared[0][1]), *_rewrites(compared), *_ways(ways), *_tried()]
    return "\n".join(lines) + "\n"


def _head(document: Facts) -> Iterator[str]:
    machine = document["machine"]
    features = ", ".join(machine["features"] or []) or "no SIMD of note"
    runtimes = ", ".join(f"{name} {latency.version_of(name)}" for name in ("ai-edge-litert", "onnxruntime"))
    yield "# Speed"
    yield ""
    yield (
        f"Written by `make speed`. {machine['cpu']} ({features}), {machine['cores']} cores; {runtimes};"
        f" {SIZE}; the embedded network. Load at the start: {machine['load_average']}."
    )
    yield ""


def _rewrites(compared: Compared) -> Iterator[str]:
    yield "## Each rewrite alone"
    yield ""
    yield (
        "Time of the file with it, as a share of the time without it, measured in turns; in brackets the"
        " interval that holds the median in 95 of 100 cases. An interval that holds 1 says nothing."
    )
    yield ""
    yield f"| rewrite | file | {' | '.join(map(_of_threads, THREADS))} |"
    yield f"|---|---|{'---|' * len(THREADS)}"
    for change, document in compared:
        found = {entry["threads"]: entry for entry in document["comparisons"]}
        cells = [_share(found[threads]) for threads in THREADS]
        yield f"| {change.name} | {change.format} {change.precision} | {' | '.join(cells)} |"
    yield ""
    yield "The first two and `the mean as its border` are on by default; `--plain` leaves them out."
    yield ""


def _ways(ways: Ways) -> Iterator[str]:
    yield "## From a frame to full-size labels"
    yield ""
    yield (
        "A camera's R G B A bytes to one label a pixel. Ours: the file of `--preset phone` (in float with"
        " `--fp32`), and labels by `benchmarks/native/fastscnn_labels.h` or by `fastscnn.graph.labels`."
        " Usual: normalisation, a file with normalised floats in and full-size float logits out (the same"
        " integers where it is int8), argmax; in numpy, or in C (`benchmarks/native/usual_steps.h`)."
        " Milliseconds, medians in turns: before the network + network + after it; and how many times as fast"
        f" as the usual steps, round by round. {MORE_CLASSES} classes: the embedded network's last layer"
        " repeated, since most networks of this kind have as many, and large logits cost what they are."
    )
    for threads, families in ways.items():
        yield ""
        yield f"### {_of_threads(threads)}"
        yield ""
        yield "| file | way | before + network + after = ms | against numpy | against C | labels as ours |"
        yield "|---|---|---|---|---|---|"
        for name, own in families.items():
            yield from _rows(name, own)
    yield ""


def _rows(name: str, own: Sequence[Timed]) -> Iterator[str]:
    *ours, in_numpy, in_c = own
    for timed in own:
        parts = " + ".join(f"{seconds * 1e3:.1f}" for seconds in timed.parts.values())
        gains = [
            f"{1 / timed.against(usual)['median']:.2f}" if timed in ours else "" for usual in (in_numpy, in_c)
        ]
        cells = [name, timed.lane.name, f"{parts} = {timed.median * 1e3:.1f}", *gains, _alike(timed, own[0])]
        yield f"| {' | '.join(cells)} |"


def _alike(timed: Timed, ours: Timed) -> str:
    return f"{float(np.mean(timed.labels == ours.labels)):.2%}"


def _tried() -> Iterator[str]:
    yield "## Tried, and left out"
    yield ""
    yield "Measured once, on AVX2 without VNNI:"
    yield ""
    yield from (f"- {line}." for line in TRIED)


def _of_threads(threads: int) -> str:
    return f"{threads} thread{'' if threads == 1 else 's'}"


def _share(compared: Facts) -> str:
    low, high = compared["interval95"]
    return f"{compared['median']:.2f} ({low:.2f} to {high:.2f})"
