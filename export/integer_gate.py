"""One int8 artifact before its judges: every layer against the oracle, and the whole against float."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from export import borders, layers
from export.bundle import Staged
from export.formats import Format
from export.formats.base import Runner, Tensor
from export.forms import Form, feed
from export.gate import open_seats
from export.layers import Layer
from export.pictures import Picture
from export.recalled import Recalled
from fastscnn.errors import ParityError
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Graph
from fastscnn.info import ModelInfo

REMEDY = "Nothing was delivered. If the checkpoint is sound, this is our fault: please report it."
DRIFTING = 0.99
"""Label agreement with the oracle below which a runtime's kernels do other arithmetic than the file says."""
NAMED = 5
"""Layers that the report singles out."""


@dataclass(frozen=True)
class Outcome:
    """One runtime on one picture, end to end."""

    picture: str
    oracle_agreement: float
    """Share of labels equal to the oracle's."""
    float_agreement: float | None
    """Share of labels equal to PyTorch's float ones, where these are at hand."""

    def as_json(self) -> dict[str, Any]:
        return {
            "picture": self.picture,
            "label_agreement_oracle": self.oracle_agreement,
            "label_agreement_float": self.float_agreement,
        }


@dataclass
class Seat:
    """A runtime with the artifact open in it."""

    runner: Runner
    gates: bool
    outcomes: list[Outcome] = field(default_factory=list)
    labels: list[Array] = field(default_factory=list)
    """A map for each outcome."""

    def as_json(self) -> dict[str, Any]:
        drifts = any(outcome.oracle_agreement < DRIFTING for outcome in self.outcomes)
        return {
            "runtime": self.runner.runtime,
            "gate": self.gates,
            "verdict": "passed" if self.gates else "differs" if drifts else "agrees",
            "pictures": [outcome.as_json() for outcome in self.outcomes],
        }


class IntegerJudge:
    """An artifact in its runtimes. The first proves every layer; the other gates prove the whole."""

    def __init__(
        self, format: Format, artifact: Staged, graph: Graph, form: Form, info: ModelInfo, least: float
    ) -> None:
        self.file, self.graph, self.form, self.info, self.least = artifact.name, graph, form, info, least
        opened, self.refusals = open_seats(format, artifact)
        self.seats = [Seat(runner, gates) for runner, gates in opened]
        self.layers: dict[str, Layer] = {}
        self.shown: tuple[Array, Tensor] | None = None
        """The last picture's output in the last runtime that gates, which is the users'."""

    def judge(self, picture: Picture, oracle: Recalled, integers: Array) -> None:
        """Run one picture everywhere; raises ParityError where a layer does not do what the integers say.

        `integers` is what the oracle gives for it, logits or labels.
        """
        given = feed(picture.pixels, self.form.input, self.info.preprocessing)
        for place, seat in enumerate(self.seats):
            if not seat.gates and seat.outcomes:
                # one picture tells what is only reported
                continue
            entered = borders.quantized(given, seat.runner.input)
            output = seat.runner.run(entered)[self.graph.output]
            if place == 0:
                self._prove_layers(seat.runner, entered, output, picture.name, oracle)
            found = _labels(output)
            seat.labels.append(found)
            seat.outcomes.append(Outcome(picture.name, _agreement(found, integers), None))
            if seat.gates:
                self.shown = output, seat.runner.output

    def beside_float(self, place: int, expected: Array) -> None:
        """What the float network gives for the picture that was judged in this place.

        Raises ParityError where a gating runtime labels too much of it otherwise.
        """
        for seat in self.seats:
            if place >= len(seat.outcomes):
                continue
            outcome = replace(seat.outcomes[place], float_agreement=_agreement(seat.labels[place], expected))
            seat.outcomes[place] = outcome
            if seat.gates:
                self._require(seat.runner, outcome)

    def _prove_layers(
        self, runner: Runner, entered: Array, output: Array, picture: str, oracle: Recalled
    ) -> None:
        names = [node.name for node in self.graph.nodes[1:]]
        tapped = runner.run(entered, names)
        if not np.array_equal(tapped[self.graph.output], output):
            raise ParityError(
                f"{self.file} in {runner.runtime} gives another output when its layers are looked at.",
                REMEDY,
            )
        tensors = {name: layers.as_int8(tensor) for name, tensor in tapped.items()}
        source = self.graph.input
        tensors[source.name] = reference.entered(entered, source.quant)
        for layer in layers.compare(self.graph, tensors, oracle):
            if not layer.passed:
                raise ParityError(
                    f"{self.file} in {runner.runtime} does not compute what the integers mean, on {picture}:"
                    f" layer {layer.said()}.",
                    REMEDY,
                )
            known = self.layers.get(layer.name)
            self.layers[layer.name] = layers.worst(known, layer) if known else layer

    def _require(self, runner: Runner, outcome: Outcome) -> None:
        """The whole is near the float network; an untrained one says nothing."""
        if outcome.float_agreement is None or not self.info.trained:
            return
        if outcome.float_agreement < self.least:
            raise ParityError(
                f"{self.file} in {runner.runtime} labels only {outcome.float_agreement:.1%} of the pixels of"
                f" {outcome.picture} as the float network does; --min-agreement is {self.least:.1%}.",
                "Calibrate on pictures like those it will see (--data), leave layers in float"
                " (fastscnn-quantize --sensitivity), or train with quantization (fastscnn-quantize --qat).",
            )

    def verdict(self) -> dict[str, Any]:
        """What the report says: only artifacts that passed get this far."""
        gated = [outcome for seat in self.seats if seat.gates for outcome in seat.outcomes]
        against_float = [o.float_agreement for o in gated if o.float_agreement is not None]
        found = list(self.layers.values())
        integer = [layer for layer in found if layer.integer]
        return {
            "verdict": "passed",
            "against": "the integer oracle, layer by layer",
            "limit": layers.MOST_STEPS,
            "max_difference": max((layer.greatest for layer in integer), default=0.0),
            "differing_share": sum(la.differing for la in integer) / max(1, sum(la.values for la in integer)),
            "label_agreement": min(against_float or [o.oracle_agreement for o in gated]),
            "label_agreement_against": "PyTorch, float32" if against_float else "the integer oracle",
            "layers": [layer.as_json() for layer in found],
            "worst_layers": [layer.name for layer in _worst_first(integer)[:NAMED] if layer.differing],
            "runtimes": [*(seat.as_json() for seat in self.seats), *self.refusals],
        }

    def drifting(self) -> list[str]:
        """Gating runtimes, beside the first, whose kernels compute something else than the file says."""
        return [
            seat.runner.runtime
            for seat in self.seats[1:]
            if seat.gates and any(outcome.oracle_agreement < DRIFTING for outcome in seat.outcomes)
        ]


def _agreement(labels: Array, wanted: Array) -> float:
    return float(np.mean(labels == _labels(wanted)))


def _labels(tensor: Array) -> Array:
    result: Array = tensor[..., 0] if tensor.shape[2] == 1 else tensor.argmax(axis=2)
    return result


def _worst_first(found: list[Layer]) -> list[Layer]:
    return sorted(found, key=lambda layer: (-layer.greatest, -layer.share))
