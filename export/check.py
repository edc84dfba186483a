"""Every staged artifact is audited, run and compared; the first that fails raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from export import audit, gate, scores
from export.bundle import Staged
from export.formats import FORMATS
from export.formats.base import THREADS, Contents, Tensor
from export.forms import Form, feed
from export.integer_gate import IntegerJudge
from export.machine import cpu
from export.pictures import Picture
from export.recalled import Recalled
from export.request import Request
from export.source import Source
from export.timings import Timings
from export.views import View, of_logits, of_output
from fastscnn.console import Console
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array, Graph
from fastscnn.info import ModelInfo


class _Judge(Protocol):
    shown: tuple[Array, Tensor] | None

    def verdict(self) -> dict[str, Any]: ...


@contextmanager
def _written_by_us() -> Iterator[None]:
    """A file that was just written and contradicts itself is a failed gate, not somebody's wrong input."""
    try:
        yield
    except ArtifactError as error:
        raise audit.AuditError(error.message, "Nothing was delivered. Please report it.") from error


def check(
    request: Request,
    source: Source,
    form: Form,
    staged: Mapping[str, Staged],
    graphs: Mapping[str, Graph],
    compared: list[Picture],
    console: Console,
    timings: Timings,
) -> tuple[dict[str, Contents], dict[str, Any], list[View]]:
    """What each file holds, how it did, and what was seen."""
    views: list[View] = []
    contents: dict[str, Contents] = {}
    for name, artifact in staged.items():
        with timings.stage(f"read.{name}"), _written_by_us():
            contents[name] = FORMATS[name].room("read").read(artifact.path)
            audit.require(artifact.name, contents[name], graphs[name], source.info)
    judging = _judge_integers if form.precision == "int8" else _judge_floats
    with _written_by_us():
        judges = judging(request, source, form, staged, graphs, compared, views, console, timings)
    verdicts = {name: judge.verdict() for name, judge in judges.items()}
    with timings.stage("score"):
        found = scores.compare(request, source, form, staged, console)
    for name, score in found.items():
        verdicts[name]["score"] = score
    return contents, verdicts, views


def _judge_floats(
    request: Request,
    source: Source,
    form: Form,
    staged: Mapping[str, Staged],
    graphs: Mapping[str, Graph],
    compared: list[Picture],
    views: list[View],
    console: Console,
    timings: Timings,
) -> Mapping[str, _Judge]:
    from export.torch_reference import TorchReference

    assert source.network is not None
    reference = TorchReference(source.network(), source.info)
    judges = {
        name: gate.open_judge(FORMATS[name], artifact, graphs[name]) for name, artifact in staged.items()
    }
    for picture in console.progress(compared, "comparing with PyTorch", len(compared)):
        with timings.stage("pytorch"):
            expected = reference.expect(picture.name, picture.pixels, form.stride, form.precision)
        for name, judge in judges.items():
            with timings.stage(f"check.{name}"):
                judge.judge(expected, picture.pixels, form, source.info)
        views.append(_view(picture, of_logits(expected.logits, form, source.info), judges, form, source.info))
    return judges


def _judge_integers(
    request: Request,
    source: Source,
    form: Form,
    staged: Mapping[str, Staged],
    graphs: Mapping[str, Graph],
    compared: list[Picture],
    views: list[View],
    console: Console,
    timings: Timings,
) -> Mapping[str, _Judge]:
    expecting = _expecting(source, form, compared)
    judges = {
        name: IntegerJudge(FORMATS[name], artifact, graphs[name], form, source.info, request.limits.agreement)
        for name, artifact in staged.items()
    }
    # one graph speaks for all formats: their labels come from the same integers
    meant = max(graphs.values(), key=lambda graph: graph.quantized)
    for picture in console.progress(compared, "comparing layer by layer", len(compared)):
        with timings.stage("oracle"):
            oracle = Recalled()
            integers = oracle.run(meant, feed(picture.pixels, form.input, source.info.preprocessing))
        _side_by_side(judges, timings, lambda judge: judge.judge(picture, oracle, integers))  # noqa: B023
        views.append(
            _view(picture, of_output(integers, form, source.info, _tensor(meant)), judges, form, source.info)
        )
    with timings.stage("pytorch"):
        for place, wanted in enumerate(expecting):
            for judge in judges.values():
                judge.beside_float(place, wanted)
            views[place] = replace(views[place], wanted=of_logits(wanted, form, source.info))
    for name, judge in judges.items():
        for runtime in judge.drifting():
            console.warn(
                f"{staged[name].name}: {runtime} computes other labels than the file says, on this CPU"
                f" ({cpu()}): its kernels saturate, which fastscnn-doctor measures. Quantize with"
                " --reduce-range for such CPUs."
            )
    return judges


def _expecting(source: Source, form: Form, compared: list[Picture]) -> Iterator[Array]:
    """The float network's logits, where it is at hand, computed when they are taken or beside all else."""
    if source.network is None:
        return iter(())
    if source.aside is not None:
        source.aside.ask([(picture.name, picture.pixels) for picture in compared], form)
        return (source.aside.logits() for _ in compared)
    return _computed(source.network(), source.info, form, compared)


def _computed(network: Any, info: ModelInfo, form: Form, compared: list[Picture]) -> Iterator[Array]:
    from export.torch_reference import TorchReference

    reference = TorchReference(network, info)
    for picture in compared:
        yield reference.expect(picture.name, picture.pixels, form.stride, form.precision).logits


def _side_by_side(
    judges: Mapping[str, IntegerJudge], timings: Timings, work: Callable[[IntegerJudge], None]
) -> None:
    """All formats at once: most of a judgement is numpy on one core. The first that fails raises."""

    def judged(name: str) -> None:
        with timings.stage(f"check.{name}"):
            work(judges[name])

    with ThreadPoolExecutor(min(len(judges), THREADS)) as pool:
        for done in [pool.submit(judged, name) for name in judges]:
            done.result()


def _view(picture: Picture, wanted: Array, judges: Mapping[str, _Judge], form: Form, info: ModelInfo) -> View:
    found = {
        name: of_output(judge.shown[0], form, info, judge.shown[1])
        for name, judge in judges.items()
        if judge.shown is not None
    }
    return View(picture, wanted, found)


def _tensor(graph: Graph) -> Tensor:
    """What the oracle's output is."""
    quant = graph[graph.output].quant
    if quant is None:
        return Tensor(graph.output, (), "float32", "HWC")
    return Tensor(graph.output, (), "int8", "HWC", quant.scale, quant.zero_point)
