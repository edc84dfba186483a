"""One artifact before its judges: each runtime that must agree with PyTorch, and those only reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from export.bundle import Staged
from export.float_layers import looked_at
from export.formats import Format
from export.formats.base import THREADS, Runner, Tensor
from export.forms import Form, feed
from export.layers import Layer
from export.parity import Comparison, compare, require
from fastscnn.errors import ArtifactError, MissingPackageError
from fastscnn.graph.graph import Array, Graph
from fastscnn.info import ModelInfo

if TYPE_CHECKING:
    from export.torch_reference import Expected


@dataclass
class Seat:
    """A runtime with the artifact open in it."""

    runner: Runner
    gates: bool
    comparisons: list[Comparison] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "runtime": self.runner.runtime,
            "gate": self.gates,
            "verdict": "passed" if all(c.passed for c in self.comparisons) else "differs",
            "pictures": [comparison.as_json() for comparison in self.comparisons],
        }


@dataclass
class Judge:
    """An artifact and the runtimes that it is compared in."""

    file: str
    graph: Graph
    seats: list[Seat]
    refusals: list[dict[str, Any]] = field(default_factory=list)
    """Runtimes that are only reported and could not open the file."""
    shown: tuple[Array, Tensor] | None = None
    """The last picture's output in the last runtime that gates, which is the users'."""
    layers: list[Layer] = field(default_factory=list)
    """On the first picture, in the first runtime."""

    def judge(self, expected: Expected, pixels: Array, form: Form, info: ModelInfo) -> None:
        """Run one picture everywhere; raises ParityError where a gate fails."""
        given = feed(pixels, form.input, info.preprocessing)
        if not self.layers:
            self.layers = looked_at(self.seats[0].runner, self.graph, given)
        for seat in self.seats:
            output = seat.runner.run(given)[self.graph.output]
            comparison = compare(expected, output, labels=form.output == "labels")
            seat.comparisons.append(comparison)
            if seat.gates:
                self.shown = output, seat.runner.output
                require(self.file, seat.runner, comparison, self.graph, given)

    def verdict(self) -> dict[str, Any]:
        """What the report says: only artifacts that passed get this far."""
        gated = [comparison for seat in self.seats if seat.gates for comparison in seat.comparisons]
        differences = [c.max_difference for c in gated if c.max_difference is not None]
        return {
            "verdict": "passed",
            "against": "PyTorch, float32",
            "limit": min(comparison.limit for comparison in gated),
            "max_difference": max(differences) if differences else None,
            "label_agreement": min(comparison.label_agreement for comparison in gated),
            "layers": [layer.as_json() for layer in self.layers],
            "runtimes": [*(seat.as_json() for seat in self.seats), *self.refusals],
        }


def open_judge(format: Format, artifact: Staged, graph: Graph) -> Judge:
    """The artifact, opened from disk in every runtime that this machine has for it."""
    opened, refusals = open_seats(format, artifact)
    return Judge(artifact.name, graph, [Seat(runner, gates) for runner, gates in opened], refusals)


def open_seats(format: Format, artifact: Staged) -> tuple[list[tuple[Runner, bool]], list[dict[str, Any]]]:
    """Runtimes with the artifact open and whether they gate; and those only reported that refuse it."""
    run = format.room("run")
    seats = [(run.load(artifact.path, threads=THREADS, **options), True) for options in format.gates]
    refusals = []
    for options in format.reported:
        try:
            seats.append((run.load(artifact.path, threads=THREADS, **options), False))
        except MissingPackageError:
            continue
        except ArtifactError as error:
            runtime = " ".join(map(str, options.values()))
            refusals.append(
                {"runtime": runtime, "gate": False, "verdict": "cannot open", "message": error.message}
            )
    return seats, refusals
