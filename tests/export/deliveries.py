"""Delivered folders for tests: made once, copied where a test changes them."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from export import pipeline
from export.forms import Precision
from export.request import Request
from fastscnn.console import Console

SIZE = (64, 96)


@cache
def _made(formats: tuple[str, ...], precision: Precision, checkpoint: Path | None) -> Path:
    out = Path(mkdtemp(prefix="fastscnn-delivery-"))
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    request = Request(formats, checkpoint, precision=precision, size=SIZE, out=out)
    pipeline.export(request, Console(quiet=True))
    return out


def delivered(
    folder: Path, *formats: str, precision: Precision = "int8", checkpoint: Path | None = None
) -> Path:
    """A copy of an export of the embedded network, or of a checkpoint."""
    shutil.copytree(_made(formats, precision, checkpoint), folder)
    return folder


def artifact(folder: Path, suffix: str) -> Path:
    """The one file or package of a format."""
    (found,) = folder.glob(f"*{suffix}")
    return found


def model_file(path: Path) -> Path:
    """The file that holds the network: of a package, the one inside."""
    return path / "Data" / "com.apple.CoreML" / "model.mlmodel" if path.is_dir() else path
