"""Videos in, videos out: every frame's labels without loss, at the frame's own moment."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.forms import Form
from export.models import open_model
from export.predict_cli import main
from fastscnn.graph.graph import Array
from tests.export.commands import answered, refusal
from tests.export.models import SIZE, artifact

av = pytest.importorskip("av")
Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("one_thread")
MOMENTS = (0, 1, 2, 6, 7)
"""Of the frames, in twelfths of a second: the film stands still for a while."""


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifact(tmp_path_factory.mktemp("net"), "tflite", Form(SIZE, stride=8))


def film(path: Path, size: tuple[int, int], rotation: int = 0) -> list[Array]:
    """A lossless video of noise, blurred enough to have regions; its frames."""
    random = np.random.default_rng(4)
    frames = [
        random.integers(0, 256, (-(-size[0] // 8), -(-size[1] // 8), 3), np.uint8)
        .repeat(8, 0)
        .repeat(8, 1)[: size[0], : size[1]]
        for _ in MOMENTS
    ]
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream("png", rate=Fraction(12))
        stream.height, stream.width = size
        stream.pix_fmt = "rgb24"
        if rotation:
            stream.set_display_rotation(rotation)
        for moment, pixels in zip(MOMENTS, frames, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = moment, Fraction(1, 12)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return frames


def decoded(path: Path, kind: str) -> tuple[list[Array], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.video[0]))
    return [frame.to_ndarray(format=kind) for frame in frames], [float(frame.time) for frame in frames]


def predicted(capsys: Capture, *arguments: object) -> dict[str, Any]:
    return answered(main, capsys, *arguments)


def refused(capsys: Capture, *arguments: object) -> str:
    return refusal(main, capsys, *arguments)


@pytest.mark.parametrize("size", [(64, 96), (61, 93)])
def test_a_video_of_any_size(size: tuple[int, int], tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    frames = film(tmp_path / "drive.mov", size)
    out = tmp_path / "seen"
    result = predicted(capsys, tflite, tmp_path / "drive.mov", "--out", out)["results"][0]
    assert result["frames"] == len(frames)
    assert sorted(path.name for path in out.iterdir()) == ["drive.labels.mkv", "drive.overlay.mp4"]
    labels, moments = decoded(out / result["labels"], "gray")
    model = open_model(tflite)
    for found, pixels in zip(labels, frames, strict=True):
        assert (found == model.labels(pixels)).all()
    overlays, shown = decoded(out / result["overlay"], "rgb24")
    assert len(overlays) == len(frames)
    assert overlays[0].shape[0] > size[0], "a legend is below"
    for found_moments in (moments, shown):
        assert found_moments == pytest.approx([moment / 12 for moment in MOMENTS], abs=2e-3)


def test_the_same_video_again_is_the_same_files(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    film(tmp_path / "drive.mov", SIZE)
    for folder in ("one", "two"):
        predicted(capsys, tflite, tmp_path / "drive.mov", "--out", tmp_path / folder)
    for name in ("drive.labels.mkv", "drive.overlay.mp4"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.skipif(
    not hasattr(av.video.stream.VideoStream, "set_display_rotation"), reason="this av writes no rotation"
)
def test_a_video_that_was_taken_sideways_is_turned(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    frames = film(tmp_path / "sideways.mov", (96, 64), rotation=90)
    result = predicted(capsys, tflite, tmp_path / "sideways.mov", "--out", tmp_path / "seen")["results"][0]
    labels, _ = decoded(tmp_path / "seen" / result["labels"], "gray")
    counterclockwise = np.ascontiguousarray(np.rot90(frames[0]))
    assert (labels[0] == open_model(tflite).labels(counterclockwise)).all()


def test_what_is_no_video_is_named_before_anything_is_written(
    tflite: Path, tmp_path: Path, capsys: Capture
) -> None:
    film(tmp_path / "good.mov", SIZE)
    bad = tmp_path / "bad.mp4"
    for content in (b"", b"no video", (tmp_path / "good.mov").read_bytes()[:100]):
        bad.write_bytes(content)
        answer = refused(capsys, tflite, tmp_path / "good.mov", bad, "--out", tmp_path / "seen")
        assert answer.startswith("data: ")
        assert "bad.mp4" in answer
        assert not (tmp_path / "seen").exists()


def test_without_the_package_the_extra_is_named(
    tflite: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path / "drive.mov", SIZE)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "av" else find(name))
    answer = refused(capsys, tflite, tmp_path / "drive.mov", "--out", tmp_path / "seen")
    assert answer.startswith("missing-package: ")
    assert "fastscnn-mobile[video]" in answer
    assert not (tmp_path / "seen").exists()
