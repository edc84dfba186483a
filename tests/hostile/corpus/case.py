"""What a hostile file is: its bytes, made on the spot, and which of our commands would read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal[
    "checkpoint",
    "quantized",
    "onnx",
    "tflite",
    "mlpackage",
    "picture",
    "video",
    "classes",
    "dataset",
    "recipe",
    "results",
    "training",
    "qat",
    "out",
    "artifacts",
]


@dataclass(frozen=True)
class Place:
    """Where a hostile file is made, and what it would do if it could."""

    folder: Path
    """The file's own."""
    canary: Path
    """A file that comes to be when a payload runs; nothing else makes it."""
    outside: Path
    """A folder that no command is given: `secret.bin`, which must not be read, and `victim.txt`."""
    port: int = 9
    """Where a payload would connect to on this machine."""


@dataclass(frozen=True)
class Case:
    """One hostile file: `make` writes it and gives the path that a command is told."""

    name: str
    kind: Kind
    make: Callable[[Place], Path]
    harmless: bool = False
    """What it holds is unusual but sound: commands may accept it, and must still touch nothing else."""
