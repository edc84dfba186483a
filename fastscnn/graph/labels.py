"""Labels at any size from the logits of a coarser map, exactly, without making the large logits.

A bilinear value is a convex mean of the four corners of its cell. Where one class wins all four, it wins
the cell. Elsewhere a class that some corner's winner equals or beats at all four corners cannot win; only
the others, two or three as a rule, are interpolated. Rounding is torch's (its kernel for maps in NCHW order),
so that ties of floats fall alike too; benchmarks/native/fastscnn_labels.h is the same in C.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastscnn.graph.graph import Array, Pair
from fastscnn.graph.kernels import bilinear_positions, resize

MARGIN = 2.0**-20
"""Of the greatest magnitude: classes further apart than this at all corners are not rounded to a tie."""
STRIP = 1 << 17
"""Pixels that are worked on at once: memory stays flat, and in the processor's cache."""


class Axis(NamedTuple):
    """Per pixel of one axis: the cell that it lies in, and how near it is to the cell's far corner."""

    cell: Array
    weight: Array


def from_logits(logits: Array, size: Pair, align_corners: bool) -> Array:
    """The argmax (the first of equals) of the logits resized bilinearly to a height and width, int32.

    `logits` is height x width x classes, of floats, or of integers with one scale.
    """
    logits = _floats(logits)
    winners = logits.argmax(axis=2).astype(np.int32)
    if logits.shape[:2] == size:
        return winners
    corners = np.stack([_shifted(winners, down, right) for down in (0, 1) for right in (0, 1)], axis=-1)
    mixed = (corners != corners[:, :, :1]).any(axis=2) | _doubtful(logits, winners)
    rows, columns = (
        Axis(before, weight.astype(logits.dtype))
        for before, _, weight in (bilinear_positions(logits.shape[i], size[i], align_corners) for i in (0, 1))
    )
    labels: Array = winners.take(columns.cell, axis=1).take(rows.cell, axis=0)
    step = max(1, STRIP // size[1])
    for top in range(0, size[0], step):
        part = slice(top, top + step)
        _settle(labels[part], logits, corners, mixed, Axis(rows.cell[part], rows.weight[part]), columns)
    return labels


def at(logits: Array, size: Pair, target: Pair, align_corners: bool) -> Array:
    """Labels at any size, by the rule of every score: logits at the network's own size first, whatever
    size they were given at, and these at the target's."""
    if target != size and logits.shape[:2] != size:
        logits = resize(_floats(logits), size, align_corners)
    return from_logits(logits, target, align_corners)


def nearest(labels: Array, size: Pair, align_corners: bool) -> Array:
    """Labels brought to a height and width, each pixel from its nearest cell."""
    if labels.shape == size:
        return labels
    row, column = (_nearest_cells(labels.shape[axis], size[axis], align_corners) for axis in (0, 1))
    brought: Array = labels[row][:, column]
    return brought


def _floats(logits: Array) -> Array:
    """In a type that can be interpolated."""
    wide = logits.dtype.kind == "f" and logits.dtype != np.float16
    return logits if wide else logits.astype(np.float32)


def _nearest_cells(length: int, target: int, align_corners: bool) -> Array:
    before, after, weight = bilinear_positions(length, target, align_corners)
    return np.where(weight < 0.5, before, after)


def _doubtful(logits: Array, winners: Array) -> Array:
    """Cells where a class before the winner is so near to it that rounding may make them equal."""
    most = np.take_along_axis(logits, winners[:, :, None], axis=2)[:, :, 0]
    before = np.full_like(most, np.finfo(logits.dtype).min)
    for label in range(logits.shape[2]):
        np.maximum(before, logits[:, :, label], out=before, where=label < winners)
    lead = most - before
    for axis in (0, 1):
        nearest_lead, farthest = (_shifted(map_, 1 - axis, axis) for map_ in (lead, np.abs(most)))
        lead, most = np.minimum(lead, nearest_lead), np.maximum(np.abs(most), farthest)
    return lead <= MARGIN * most


def _shifted(map_: Array, down: int, right: int) -> Array:
    """Each cell's neighbour; beyond the border, the cell itself."""
    height, width = map_.shape[:2]
    below = np.minimum(np.arange(height) + down, height - 1)
    beside = np.minimum(np.arange(width) + right, width - 1)
    moved: Array = map_[below][:, beside]
    return moved


def _settle(labels: Array, logits: Array, corners: Array, mixed: Array, rows: Axis, columns: Axis) -> None:
    """Write the labels of a strip's pixels that lie in cells with different winners."""
    first, last = int(rows.cell[0]), int(rows.cell[-1]) + 1
    wide = np.bincount(columns.cell, minlength=mixed.shape[1]) > 0
    band = mixed[first:last] & (np.bincount(rows.cell - first) > 0)[:, None] & wide
    if not band.any():
        return
    values, classes, counts = _candidates(logits[first : last + 1], corners[first:last], band)
    row, column = np.nonzero(band)
    y, x = _pixels(rows.cell - first, row), _pixels(columns.cell, column)
    down, right = rows.weight[y], columns.weight[x]
    best = _interpolated(values[:, 0], down, right)
    label = np.broadcast_to(classes[:, 0, None, None], best.shape).copy()
    for rank in range(1, int(counts.max())):
        left = np.flatnonzero(counts > rank)
        value = _interpolated(values[left, rank], down[left], right[left])
        better = value > best[left]
        best[left] = np.where(better, value, best[left])
        label[left] = np.where(better, classes[left, rank][:, None, None], label[left])
    labels[y[:, :, None], x[:, None, :]] = label


def _pixels(cells: Array, chosen: Array) -> Array:
    """Along one axis, the pixels of the chosen cells; the last again where others have more."""
    begins = np.searchsorted(cells, chosen)
    counts = np.searchsorted(cells, chosen, "right") - begins
    pixels: Array = begins[:, None] + np.minimum(np.arange(counts.max()), counts[:, None] - 1)
    return pixels


def _candidates(logits: Array, corners: Array, band: Array) -> tuple[Array, Array, Array]:
    """Of each mixed cell: its candidates' corners (cell, rank, corner), their classes, how many there are."""
    row, column = np.nonzero(band)
    below = np.minimum(row + 1, logits.shape[0] - 1)
    beside = np.minimum(column + 1, logits.shape[1] - 1)
    values = [logits[y, x] for y in (row, below) for x in (column, beside)]
    classes = np.arange(logits.shape[2], dtype=np.int32)
    possible = np.ones(values[0].shape, bool)
    for winner in corners[row, column].T[:, :, None]:
        held = [np.take_along_axis(corner, winner, axis=1) for corner in values]
        margin = MARGIN * np.maximum.reduce([np.abs(most) for most in held])
        # a class of a lower number wins a tie, also one that only rounding makes
        near = np.logical_or.reduce(
            [corner >= most - margin for corner, most in zip(values, held, strict=True)]
        )
        above = np.logical_or.reduce([corner > most for corner, most in zip(values, held, strict=True)])
        possible &= np.where(classes < winner, near, above) | (classes == winner)
    order = np.argsort(~possible, axis=1, kind="stable")
    counts = possible.sum(axis=1)
    order = order[:, : int(counts.max())]
    chosen = np.stack([np.take_along_axis(corner, order, axis=1) for corner in values], axis=2)
    return chosen, classes[order], counts


def _interpolated(values: Array, down: Array, right: Array) -> Array:
    """The pixels of cells, from their four corners; along the rows first, as torch does."""
    upper, lower = (
        _fused(values[:, left, None], 1 - right, values[:, left + 1, None] * right) for left in (0, 2)
    )
    down = down[:, :, None]
    return _fused(upper[:, None], 1 - down, lower[:, None] * down)


def _fused(factor: Array, weight: Array, rest: Array) -> Array:
    """factor * weight + rest, rounded once where they are float32, as torch's kernels do."""
    wide: Array = factor.astype(np.float64) * weight + rest
    return wide.astype(factor.dtype)
