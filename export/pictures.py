"""The pictures that artifacts are compared on: the user's own, else the embedded street photographs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fastscnn.console import Console
from fastscnn.data import picture_files
from fastscnn.data.datasets import open_dataset, squashed
from fastscnn.data.folders import PICTURES, kind_of
from fastscnn.errors import DataError
from fastscnn.graph.graph import Array
from fastscnn.info import Size
from quantize.calibration import held_back

SPLITS = ("val", "test", "train")
"""The first that a data set has is compared on."""
COMPARED = 3
"""Pictures that an export is judged on: each costs a run of PyTorch and of every runtime."""


@dataclass(frozen=True, eq=False)
class Picture:
    """RGB pixels, height x width x 3, uint8, at the network's size."""

    name: str
    pixels: Array


def load(data: Path | None, size: Size, console: Console) -> list[Picture]:
    """A few pictures, evenly spaced through what there is; unreadable ones are skipped and named."""
    paths = found(data) if data else embedded()
    pictures: list[Picture] = []
    chosen = paths[:: max(1, len(paths) // COMPARED)]
    for path in [*chosen, *(path for path in paths if path not in set(chosen))]:
        if len(pictures) == COMPARED:
            break
        try:
            pictures.append(Picture(path.name, opened(path, size)))
        except DataError as error:
            console.warn(f"{error.message} It is skipped.")
    if not pictures:
        raise DataError(f"{data} holds no picture that can be read.", "Give a folder of photographs.")
    return pictures


def opened(path: Path, size: Size) -> Array:
    """One picture, squashed to height x width with Pillow's antialiasing bilinear filter."""
    return squashed(picture_files.pixels(path), size)


def embedded() -> list[Path]:
    """The street photographs inside the package."""
    folder = Path(str(resources.files("fastscnn.data"))) / "street"
    return sorted(folder.glob("*.jpg"))


def found(data: Path) -> list[Path]:
    """The pictures of a data set's validation split; of a plain folder those that are not calibrated on."""
    if not data.is_dir():
        raise DataError(f"{data} is no folder.", "Give a folder of photographs, or a data set's.")
    if kind_of(data) is not None:
        splits = open_dataset(data).splits
        return [sample.image for sample in next(splits[name] for name in SPLITS if name in splits)]
    paths = held_back(data)
    if not paths:
        raise DataError(f"{data} holds no pictures ({', '.join(PICTURES)}).", "Give a folder of photographs.")
    return paths
