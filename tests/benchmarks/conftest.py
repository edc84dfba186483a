"""Artifacts small enough that a hundred runs take a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from export import bundle, spelling
from export.formats import FORMATS
from export.forms import Form
from tests.benchmarks import loopback
from tests.export.models import SIZE, artifact
from tests.graphs import info_of
from tests.quantized_graphs import quantized_fast_scnn

CLASSES = 5


@pytest.fixture(scope="session")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifact(tmp_path_factory.mktemp("artifacts"), "tflite", Form(SIZE))


@pytest.fixture(scope="session")
def onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifact(tmp_path_factory.mktemp("artifacts"), "onnx", Form(SIZE))


@pytest.fixture(scope="session")
def int8_tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _integers(tmp_path_factory.mktemp("artifacts"), "tflite")


@pytest.fixture(scope="session")
def int8_onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _integers(tmp_path_factory.mktemp("artifacts"), "onnx")


@pytest.fixture(scope="session")
def server() -> Iterator[loopback.Server]:
    if not loopback.installed():
        pytest.skip("Debian's openssh-server and openssh-client are not installed")
    with loopback.serving() as running:
        yield running


def _integers(folder: Path, format_name: str) -> Path:
    form, format = Form(SIZE, precision="int8"), FORMATS[format_name]
    info = info_of(CLASSES)
    graph = spelling.spelled(quantized_fast_scnn(SIZE, classes=CLASSES), info, form, format_name)
    files = format.room("write").write(graph, form.size, info)
    return bundle.stage(folder, form.file_stem("net", format_name) + format.suffix, files).path
