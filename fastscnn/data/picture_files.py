"""Pictures on disk to pixels, whatever the files hold: few formats, and sizes that fit into memory."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (  # Pillow finds only formats that are imported, where it is told which to try
    BmpImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fastscnn.errors import DataError

FORMATS = (
    PngImagePlugin.PngImageFile.format,
    JpegImagePlugin.JpegImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    PpmImagePlugin.PpmImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
)
"""What Pillow may try. Others start programs (PostScript), or are no photographs."""
MOST_PIXELS = 120_000_000
"""A phone's largest photographs have 108 million; four bytes each, and some copies, fit into 2 GB."""
REMEDY = "Replace or remove it."
# Pillow warns on stderr of sizes below our own limit, and of what is damaged beside the pixels
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")


def open_picture(path: Path) -> Image.Image:
    """The picture of a file, decoded; the file is named where that fails."""
    image = _opened(path)
    try:
        image.load()
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise _unreadable(path, error) from error
    return image


def require_picture(path: Path) -> None:
    """Fails early, by the first bytes alone."""
    _opened(path).close()


def pixels(path: Path, *, upright: bool = False) -> NDArray[np.uint8]:
    """Height x width x RGB; `upright`: as viewers show it, turned as its EXIF says."""
    image = open_picture(path)
    try:
        if upright:
            image = _turned(image)
        return np.asarray(image.convert("RGB"))
    except Exception as error:
        raise _unreadable(path, error) from error


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # what is said beside the pixels may be damaged, and they sound
        return image


def _opened(path: Path) -> Image.Image:
    if not path.is_file():
        raise DataError(f"{path} cannot be read as a picture: it is no regular file.", REMEDY)
    try:
        image = Image.open(path, formats=FORMATS)
    except Exception as error:
        raise _unreadable(path, error) from error
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise DataError(
            f"{path} claims {image.width}x{image.height} pixels, more than {MOST_PIXELS // 10**6} million.",
            "Give a smaller copy of it.",
        )
    return image


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} cannot be read as a picture: {error or type(error).__name__}.", REMEDY)
