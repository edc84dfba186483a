"""Videos: frame by frame through a model, to an overlay that plays everywhere and a lossless label video."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from export import bundle
from export.inputs import Source
from export.models import Model
from export.overlay import blended, drawn_legend, stacked
from fastscnn.console import Console
from fastscnn.errors import DataError, MissingPackageError, OutputError
from fastscnn.graph.graph import Array

ALONE = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo",
    "protocol_whitelist": "file",
}
"""Films themselves: a playlist or a session's description would have FFmpeg open what it names."""
MOST_PIXELS = 8192 * 8192
RATE = Fraction(25)
"""Frames a second, where a video does not say."""


def require(path: Path) -> None:
    """Fails early: the package, and a first frame."""
    if importlib.util.find_spec("av") is None:
        raise MissingPackageError(
            f"{path} is a video, for which the package av is needed; it is not installed.",
            "Install the extra: pip install 'fastscnn-mobile[video]'",
        )
    with _opened(path) as container:
        next(_frames(container, path))


def segmented(
    model: Model, source: Source, folder: Path, console: Console
) -> tuple[list[bundle.Staged], dict[str, Any]]:
    """A video's overlay and labels, written into a folder; one frame at a time is held."""
    names = (f"{source.name}.overlay.mp4", f"{source.name}.labels.mkv")
    frames = 0
    with _opened(source.path) as container:
        stream = container.streams.video[0]
        seconds = float((container.duration or 0) / 1e6)
        rate = stream.average_rate or RATE
        expected = stream.frames or round(seconds * rate)
        overlays = _Sink(folder / names[0], "libx264", "yuv420p", {"crf": "18"}, rate)
        maps = _Sink(folder / names[1], "ffv1", "gray", {}, rate)
        legend: Image.Image | None = None
        with overlays, maps:
            decoded = _frames(container, source.path)
            for pixels, moment in console.progress(decoded, source.path.name, max(1, expected)):
                if legend is None:
                    legend = drawn_legend(model.info.classes, model.info.colors, pixels.shape[1])
                labels = model.labels(pixels)
                joined = np.asarray(stacked(blended(pixels, labels, model.info), legend))
                overlays.write(_even(joined), "rgb24", moment)
                maps.write(labels.astype(np.uint8), "gray", moment)
                frames += 1
    staged = [_staged(folder, name) for name in names]
    return staged, {
        "input": str(source.path),
        "kind": "video",
        "labels": names[1],
        "overlay": names[0],
        "size": list(labels.shape),
        "frames": frames,
    }


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import av

    try:
        with av.open(str(path), options=ALONE) as container:
            if not container.streams.video:
                raise DataError(f"{path} holds no video stream.", "Give a video.")
            _require_size(path, container.streams.video[0])
            yield container
    except (av.error.FFmpegError, OSError) as error:
        raise DataError(f"{path} cannot be read as a video: {error}.", "Replace or remove it.") from error


def _require_size(path: Path, stream: Any) -> None:
    if stream.width * stream.height > MOST_PIXELS:
        raise DataError(
            f"{path} claims frames of {stream.width}x{stream.height} pixels.", "Give a smaller copy of it."
        )


def _frames(container: Any, path: Path) -> Iterator[tuple[Array, Fraction]]:
    """RGB pixels as players show them, and their moment in seconds; there is at least one."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    rate = stream.average_rate or RATE
    shown = 0
    for frame in container.decode(stream):
        pixels = frame.to_ndarray(format="rgb24")
        # a phone held sideways says so beside the frames, counterclockwise
        turned = np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
        moment = Fraction(shown) / rate if frame.pts is None else frame.pts * frame.time_base
        yield turned, moment
        shown += 1
    if not shown:
        raise DataError(f"{path} holds no frame that can be decoded.", "Replace or remove it.")


class _Sink:
    """A video file that is being written."""

    CLOCK = Fraction(1, 90000)

    def __init__(self, path: Path, codec: str, stored: str, options: dict[str, str], rate: Fraction) -> None:
        import av

        self.path = path
        # without bitexact a Matroska file holds a random number
        self.container: Any = cast(Any, av.open(str(path), "w", options={"fflags": "+bitexact"}))
        self.stream: Any = self.container.add_stream(codec, rate=rate, options=options)
        self.stream.pix_fmt = stored
        self.stream.codec_context.time_base = self.CLOCK
        self.begun = False

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, kind: object, problem: object, traceback: object) -> None:
        if kind is not None:
            with contextlib.suppress(Exception):
                self.container.close()
            return
        with self._writing():
            self.container.mux(self.stream.encode(None))
            self.container.close()

    def write(self, values: Array, kind: str, moment: Fraction) -> None:
        import av

        if not self.begun:
            self.stream.height, self.stream.width = values.shape[:2]
            self.begun = True
        frame = av.VideoFrame.from_ndarray(values, format=kind)
        frame.pts, frame.time_base = round(moment / self.CLOCK), self.CLOCK
        with self._writing():
            self.container.mux(self.stream.encode(frame))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """An error here is the output's, though the input is open around it."""
        import av

        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(
                f"{self.path.name} cannot be written ({error}).", "Choose another --out, or free some space."
            ) from error


def _even(picture: Array) -> Array:
    """yuv420p stores colours for two by two pixels."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _staged(folder: Path, name: str) -> bundle.Staged:
    path = folder / name
    return bundle.Staged(name, path, bundle.digest(path), path.stat().st_size)
