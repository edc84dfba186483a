"""What a peer is given, and what it says of itself. Every peer's environment has numpy, which is enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fastscnn.graph.first_layer import normalised
from fastscnn.info import Preprocessing, Size

Array = np.ndarray
Facts = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """What the table says of a converter."""

    title: str
    suffix: str
    """Of the file that it writes."""
    environment: str
    """Its requirements/NAME.txt."""
    packages: tuple[str, ...]
    """Whose versions are told."""
    takes: str
    """In which form it is handed the network."""
    options: str
    """What its documentation recommends for int8 in weights and activations."""
    pixels: bool = False
    """Its file takes RGB bytes; otherwise the normalised tensor."""
    clone: str = ""
    """Of one that is on no package index: the variable that names a clone of its repository."""


@dataclass(frozen=True)
class Kit:
    """The network, and the pictures that ranges are observed on; `python -m export.kit` writes the folder."""

    INTEGERS: ClassVar[str] = "network.int8.safetensors"
    folder: Path
    size: Size
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    align_corners: bool
    pictures: int
    pictures_from: str
    sha256: str
    """Of the float checkpoint."""

    @classmethod
    def open(cls, folder: Path) -> Kit:
        known = json.loads((folder / "kit.json").read_text())
        preprocessing = known.pop("preprocessing")
        return cls(
            folder,
            size=(known["size"][0], known["size"][1]),
            preprocessing=Preprocessing(
                preprocessing["order"], tuple(preprocessing["mean"]), tuple(preprocessing["std"])
            ),
            classes=tuple(known["classes"]),
            **{name: known[name] for name in ("align_corners", "pictures", "pictures_from", "sha256")},
        )

    @property
    def onnx(self) -> Path:
        """Float, 1x3xHxW, normalised; logits at full size."""
        return self.folder / "network.onnx"

    @property
    def tflite(self) -> Path:
        """Float, 1xHxWx3, normalised; logits at full size."""
        return self.folder / "network.tflite"

    @property
    def graph(self) -> Path:
        """The same as a Graph's file."""
        return self.folder / "network.graph.safetensors"

    @property
    def integers(self) -> Path:
        """The quantized Graph that our own files are spellings of."""
        return self.folder / self.INTEGERS

    @property
    def calibration(self) -> Path:
        """RGB bytes, pictures x height x width x 3."""
        return self.folder / "pictures.npy"

    @property
    def frame(self) -> Path:
        """R G B A bytes of one street, as a camera gives them."""
        return self.folder / "frame.npy"

    def pixels(self) -> Iterator[Array]:
        """RGB bytes of each picture, height x width x 3."""
        yield from np.load(self.calibration, mmap_mode="r")

    def tensors(self) -> Iterator[Array]:
        """Each picture as the float network takes it, 1 x height x width x 3."""
        for picture in self.pixels():
            yield normalised(np.asarray(picture), self.preprocessing)[None]

    def planar(self) -> Iterator[Array]:
        """The same as 1 x 3 x height x width."""
        for tensor in self.tensors():
            yield np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))
