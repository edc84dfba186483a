"""The gate: an artifact's own output, run from the file on disk, against what PyTorch computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from export.formats.base import Runner
from fastscnn.errors import ParityError
from fastscnn.graph import reference
from fastscnn.graph.graph import Array, Graph

if TYPE_CHECKING:
    from export.torch_reference import Expected

SUSPICIOUS = 1e-2
"""Share of a layer's range by which it must differ to be named as the one that broke."""


@dataclass(frozen=True)
class Comparison:
    """One artifact in one runtime on one picture."""

    picture: str
    passed: bool
    limit: float
    label_agreement: float
    max_difference: float | None
    """Relative to the logits' range; an artifact of labels has none."""
    wrong_labels: int | None
    """Pixels that PyTorch decided clearly and the artifact decided otherwise; only for labels."""

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if value is not None}


def compare(expected: Expected, output: Array, *, labels: bool) -> Comparison:
    """Passes when no logit differs by more than the limit, or no clearly decided label differs."""
    against = _compare_labels if labels else _compare_logits
    found = against(expected, output, expected.least)
    return found if found.passed else against(expected, output, expected.limit())


def _compare_logits(expected: Expected, output: Array, limit: float) -> Comparison:
    if output.shape != expected.logits.shape or not np.isfinite(output).all():
        return Comparison(expected.picture, False, limit, 0.0, float("inf"), None)
    difference = float(np.abs(output - expected.logits).max()) / expected.spread
    agreement = float(np.mean(output.argmax(axis=2) == expected.logits.argmax(axis=2)))
    return Comparison(expected.picture, difference <= limit, limit, agreement, difference, None)


def _compare_labels(expected: Expected, output: Array, limit: float) -> Comparison:
    if output.shape != (*expected.logits.shape[:2], 1):
        return Comparison(expected.picture, False, limit, 0.0, None, expected.logits[..., 0].size)
    same = output[:, :, 0] == expected.logits.argmax(axis=2)
    first, second = _top_two(expected.logits)
    decided = first - second > 2 * limit * expected.spread
    wrong = int(np.count_nonzero(decided & ~same))
    return Comparison(expected.picture, wrong == 0, limit, float(same.mean()), None, wrong)


def _top_two(logits: Array) -> tuple[Array, Array]:
    if logits.shape[2] < 2:
        return logits[:, :, 0], np.full(logits.shape[:2], -np.inf, logits.dtype)
    top = np.partition(logits, -2, axis=2)[:, :, -2:]
    return top[:, :, 1], top[:, :, 0]


def require(file: str, runner: Runner, comparison: Comparison, graph: Graph, feed: Array) -> None:
    """Raises ParityError where the comparison failed, naming the layer that broke if one can be named."""
    if comparison.passed:
        return
    if comparison.max_difference is not None:
        found = f"differs from PyTorch by {comparison.max_difference:.2e} of the logits' range"
        allowed = f"{comparison.limit:.2e} is allowed"
    else:
        found = f"labels {comparison.wrong_labels} clearly decided pixels otherwise than PyTorch"
        allowed = "none is allowed"
    layer = first_broken_layer(runner, graph, feed)
    where = f" The first layer that is clearly off is {layer}." if layer else ""
    raise ParityError(
        f"{file} in {runner.runtime} {found} on {comparison.picture}; {allowed}.{where}",
        "Nothing was delivered. If the checkpoint is sound, this is our fault: please report it.",
    )


def first_broken_layer(runner: Runner, graph: Graph, feed: Array) -> str | None:
    """The first node whose tensor in the artifact is far from the oracle's."""
    names = [node.name for node in graph.nodes[1:]]
    wanted = reference.run(graph, feed, names)
    for name in names:
        try:
            got = runner.run(feed, [name])[name]
        except Exception:  # a runtime may not keep this tensor: the search goes on at the next
            continue
        spread = float(np.ptp(wanted[name])) or 1.0
        if got.shape != wanted[name].shape or not np.abs(got - wanted[name]).max() <= SUSPICIOUS * spread:
            return name
    return None
