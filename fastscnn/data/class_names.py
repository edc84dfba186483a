"""Which class of a data set each class of a model means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastscnn.errors import ClassesError

BY_NAME = "names"
"""What --map is given where names alone are to decide."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """The data set's class of each class of the model."""

    table: NDArray[np.int64]
    """By the model's index; `outside` for a class that the data set does not have."""
    outside: int
    """The number of the data set's classes: never right where it is predicted."""
    notes: tuple[str, ...] = ()

    def of(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        meant: NDArray[np.int64] = self.table[labels]
        return meant


def matched(
    model: tuple[str, ...], data: tuple[str, ...], wishes: Mapping[str, str] | None = None
) -> Meaning:
    """In their order where there are as many of both; by their names where `wishes` say so.

    `wishes` are pairs of the model's and the data set's names, beside those that are the same.
    """
    if wishes is not None:
        return _by_name(model, data, wishes)
    if len(model) != len(data):
        raise ClassesError(
            f"The model has {len(model)} classes ({_listed(model)}), the data set {len(data)}"
            f" ({_listed(data)}).",
            f"Give a model for this data set; or, if it is meant, say --map {BY_NAME} (classes of the same"
            " name) or --map MODEL=DATA for each pair of names.",
        )
    own, theirs = [_key(name) for name in model], [_key(name) for name in data]
    if own != theirs and sorted(own) == sorted(theirs):
        note = "The model has the data set's classes in another order: they are matched by their names."
        return Meaning(_by_name(model, data, {}).table, len(data), (note,))
    differing = [f"{a} is {b}" for a, b in zip(model, data, strict=True) if _key(a) != _key(b)]
    note = f"Classes are matched by their number; other names: {_listed(differing)}."
    return Meaning(np.arange(len(data)), len(data), (note,) if differing else ())


def _by_name(model: tuple[str, ...], data: tuple[str, ...], wishes: Mapping[str, str]) -> Meaning:
    places = {_key(name): index for index, name in enumerate(data)}
    asked = {_key(name): target for name, target in wishes.items()}
    for name, target in wishes.items():
        if _key(name) not in map(_key, model):
            raise ClassesError(f"--map: the model has no class {name!r}.", f"It has {', '.join(model)}.")
        if _key(target) not in places:
            raise ClassesError(f"--map: the data set has no class {target!r}.", f"It has {', '.join(data)}.")
    table = [places.get(_key(asked.get(_key(name), name)), len(data)) for name in model]
    if all(place == len(data) for place in table):
        raise ClassesError(
            "No class of the model has the name of a class of the data set.",
            "Say --map MODEL=DATA for each pair of names.",
        )
    unknown = [name for name, place in zip(model, table, strict=True) if place == len(data)]
    missed = [name for index, name in enumerate(data) if index not in table]
    notes = []
    if unknown:
        notes.append(f"Not in the data set, so always wrong: {_listed(unknown)}.")
    if missed:
        notes.append(f"Not in the model, so never found: {_listed(missed)}.")
    return Meaning(np.array(table), len(data), tuple(notes))


def _key(name: str) -> str:
    return name.strip().casefold()


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
