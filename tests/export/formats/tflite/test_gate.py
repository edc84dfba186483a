"""The gate against bytes that were changed between writing and checking: exit 3, nothing delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from export import pipeline
from export.formats.tflite import flatbuffer
from export.request import Request
from fastscnn.console import Console
from fastscnn.errors import GateError
from fastscnn.graph import file
from tests.export.formats.tflite.test_read_integers import CHANGES, SIZE, small
from tests.graphs import info_of


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quantized") / "small.int8.safetensors"
    path.write_bytes(file.dump(small(), info_of(5)))
    return path


@pytest.mark.parametrize("name", CHANGES)
def test_changed_bytes_are_refused(name: str, quantized: Path, tmp_path: Path) -> None:
    def tamper(path: Path) -> None:
        model = flatbuffer.unpack(path.read_bytes())
        CHANGES[name](model, model.subgraphs[0])
        path.write_bytes(flatbuffer.pack(model))

    asked = Request(
        formats=("tflite",), checkpoint=quantized, size=SIZE, precision="int8", out=tmp_path / "out"
    )
    with pytest.raises(GateError) as caught:
        pipeline.export(asked, Console(quiet=True), tamper=tamper)
    assert caught.value.exit_code == 3
    assert not list(tmp_path.iterdir())


def test_bytes_that_are_only_packed_again_pass(quantized: Path, tmp_path: Path) -> None:
    def tamper(path: Path) -> None:
        path.write_bytes(flatbuffer.pack(flatbuffer.unpack(path.read_bytes())))

    asked = Request(formats=("tflite",), checkpoint=quantized, size=SIZE, precision="int8", out=tmp_path)
    report = pipeline.export(asked, Console(quiet=True), tamper=tamper)
    assert report["artifacts"][0]["parity"]["verdict"] == "passed"
