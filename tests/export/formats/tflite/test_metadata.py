"""What a file says about itself. MediaPipe reads it too, in tests/mediapipe."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite import metadata, write
from fastscnn import __version__
from fastscnn.info import ModelInfo
from tests.export.formats.tflite.test_read import SIZE, small
from tests.graphs import info_of

INFO = info_of(5)


def buffers(data: bytes) -> dict[str, bytes]:
    """The named metadata buffers."""
    model = schema.Model.GetRootAs(data, 0)
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    return {e.Name().decode(): model.Buffers(e.Buffer()).DataAsNumpy().tobytes() for e in entries}


def test_four_buffers_are_carried() -> None:
    found = buffers(write.write(small(), SIZE, INFO))
    assert found.keys() == {"TFLITE_METADATA", "FASTSCNN_INFO", "FASTSCNN_VERSION", "min_runtime_version"}
    assert found["TFLITE_METADATA"][4:8] == b"M001"
    assert ModelInfo.from_json(found["FASTSCNN_INFO"].decode()) == INFO
    assert found["FASTSCNN_VERSION"].decode() == __version__
    assert found["min_runtime_version"] == b"2.9.0" + bytes(11)


def test_the_labels_lie_behind_the_network_as_a_zip() -> None:
    archive = zipfile.ZipFile(io.BytesIO(write.write(small(), SIZE, INFO)))
    (entry,) = archive.infolist()
    assert (entry.filename, entry.date_time, entry.create_system) == ("labels.txt", (1980, 1, 1, 0, 0, 0), 3)
    assert archive.read(entry).decode().splitlines() == list(INFO.classes)


def test_labels_of_any_language_survive() -> None:
    classes = ("Straße", "歩行者", "ciel", "a b", "x")
    data = write.write(small(), SIZE, replace(INFO, classes=classes))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert tuple(archive.read("labels.txt").decode().splitlines()) == classes


def test_an_untrained_network_says_so() -> None:
    untrained = buffers(write.write(small(), SIZE, INFO))["TFLITE_METADATA"]
    trained = buffers(write.write(small(), SIZE, replace(INFO, trained=True)))["TFLITE_METADATA"]
    assert metadata.UNTRAINED.encode() in untrained
    assert b"UNTRAINED" not in trained
