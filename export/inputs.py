"""What fastscnn-predict was given: a model perhaps, then pictures, folders of them, and videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastscnn.data.folders import PICTURES, pictures_in
from fastscnn.data.picture_files import require_picture
from fastscnn.errors import DataError, UsageError

VIDEOS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg")
PACKAGE = ".mlpackage"


@dataclass(frozen=True)
class Source:
    """A picture or a video, and what its results are called."""

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        return self.path.suffix.lower() in VIDEOS


def told_apart(words: Sequence[Path]) -> tuple[Path | None, list[Path]]:
    """The model, where the first word is no picture, folder or video; and the rest."""
    if words and not _is_input(words[0]):
        return words[0], list(words[1:])
    return None, list(words)


def sources(paths: Sequence[Path]) -> list[Source]:
    """Every picture and video, folders opened; each is there and looks like what it is called."""
    if not paths:
        raise UsageError("No picture, folder or video is given.", "See fastscnn-predict --help.")
    files = [file for path in paths for file in _files(path)]
    stems = Counter(file.stem for file in files)
    # a.jpg beside a.png: the suffix tells their results apart
    found = [Source(file, file.stem if stems[file.stem] == 1 else file.name) for file in files]
    twice = [name for name, count in Counter(source.name for source in found).items() if count > 1]
    if twice:
        raise UsageError(
            f"Two inputs are called {twice[0]}: their results would have one name.", "Give them in two runs."
        )
    for source in found:
        if not source.is_video:
            require_picture(source.path)
    return found


def _is_input(path: Path) -> bool:
    if path.suffix.lower() == PACKAGE:
        return False
    return path.is_dir() or path.suffix.lower() in (*PICTURES, *VIDEOS)


def _files(path: Path) -> list[Path]:
    if path.is_dir() and path.suffix.lower() != PACKAGE:
        videos = [file for file in path.iterdir() if file.suffix.lower() in VIDEOS and file.is_file()]
        files = sorted([*pictures_in(path), *videos])
        if not files:
            raise DataError(
                f"The folder {path} holds no picture or video.",
                f"Looked for {' '.join((*PICTURES, *VIDEOS))}, right in it.",
            )
        return files
    if not path.exists():
        raise DataError(f"{path} does not exist.", "Give a picture, a folder of pictures, or a video.")
    if not _is_input(path) or not path.is_file():
        raise DataError(
            f"{path} is no picture, folder or video by its name, or no regular file.",
            f"Known: {' '.join((*PICTURES, *VIDEOS))}. A model is given first.",
        )
    return [path]
