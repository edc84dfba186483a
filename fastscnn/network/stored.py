"""What a checkpoint's file holds before any tensor is read: shapes, types, and inert things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


LONGEST = 100
"""Characters of a file's own names in a message."""


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A tensor still in its file: nothing is allocated before its shape was found to be the right one."""

    shape: tuple[int, ...]
    dtype: str
    """torch's name, without `torch.`"""
    read: Callable[[], Tensor]


@dataclass(eq=False)
class Opaque:
    """Something harmless that a training script left: named, never made."""

    name: str
    arguments: tuple[Any, ...] = ()
    state: Any = None

    def build(self, state: Any) -> None:
        self.state = state


class Damaged(Exception):  # noqa: N818
    """The bytes do not make the file that they begin as; its message says what was found."""


class Forbidden(Exception):  # noqa: N818
    """A pickle names something that is not known to be harmless."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def printable(name: str) -> str:
    """A file's own words, fit for a terminal."""
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
