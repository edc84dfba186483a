"""Ways from a frame to labels: whoever takes the steps, the labels are the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import frames
from benchmarks.frames import After, Before, Lane, Way
from benchmarks.native import compiled
from benchmarks.speed import Exporter, lanes_of
from benchmarks.speed_plan import INT8, USUAL_STEPS, Family
from export import usual
from fastscnn.graph import file, labels, reference
from tests.export.commands import Capture

SIZE = (64, 96)
CLASSES = 19
pytestmark = pytest.mark.skipif(compiled.compiler() is None, reason="no C compiler")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("usual")


@pytest.fixture
def made(written: Path, capsys: Capture) -> dict[str, object]:
    """The usual files of a small size, as the command says."""
    assert usual.main([str(written), "64x96", str(CLASSES)]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def lane(made: dict[str, object], format: str, before: Before, after: After) -> Lane:
    files, mean, std = made["files"], made["mean"], made["std"]
    assert isinstance(files, dict)
    return Lane(after, Path(files[format]), before, after, mean=tuple(mean), std=tuple(std))  # type: ignore[arg-type]


@pytest.mark.parametrize("format", ["tflite", "onnx"])
def test_usual_steps_give_the_same_labels_in_c_and_in_numpy(format: str, made: dict[str, object]) -> None:
    frame = np.load(str(made["frame"]))
    assert frame.shape == (*SIZE, 4)
    in_numpy, in_c = (Way(lane(made, format, *steps), frame, 1).labels() for steps in USUAL_STEPS)
    np.testing.assert_array_equal(in_numpy, in_c)
    assert len(np.unique(in_c)) > 1


def test_floats_and_bytes_are_the_same_integers(made: dict[str, object]) -> None:
    frame = np.load(str(made["frame"]))
    content = file.load(Path(str(made["quantized"])))
    logits = reference.run(content.graph, frame[:, :, :3])[content.graph.output]
    wanted = labels.from_logits(logits, SIZE, content.info.align_corners)
    found = Way(lane(made, "tflite", *USUAL_STEPS[0]), frame, 1).labels()
    assert np.mean(found == wanted) > 0.98, "the file rounds its large logits to integers again"


@pytest.mark.slow
@pytest.mark.parametrize("format", ["tflite", "onnx"])
def test_ours_takes_turns_with_the_usual_ways(format: str, tmp_path: Path) -> None:
    exporter = Exporter(tmp_path, "64x96")
    frame = np.load(exporter.usual()["frame"])
    timed = frames.measure(lanes_of(exporter, format, Family(INT8, CLASSES)), frame, 1, 3)
    in_c, in_numpy, usual_numpy, usual_c = timed
    np.testing.assert_array_equal(in_c.labels, in_numpy.labels)
    np.testing.assert_array_equal(usual_c.labels, usual_numpy.labels)
    assert np.mean(in_c.labels == usual_c.labels) > 0.9
    for way in timed:
        assert len(way.rounds) == 3
        assert way.median > 0
        assert set(way.parts) == {"before", "network", "after"}


def test_a_lane_that_cannot_open_its_file_is_heard(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    with pytest.raises(ValueError, match="Flatbuffer"):
        frames.measure([Lane("broken", broken, "bytes", "labels in C")], np.zeros((8, 8, 4), np.uint8), 1, 1)
