"""Emulated cores, fetched once into build/arm, and artifacts of the embedded network that are small there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.arm.cores import CORES
from benchmarks.arm.machine import Machine, emulated, reference
from export import bundle, spelling
from export.formats import FORMATS
from export.forms import Form
from export.source import embedded_quantized
from fastscnn.errors import BoardError
from fastscnn.graph import file
from tests.export.models import artifact

SIZE = (64, 96)
FORMS = (Form(SIZE), Form(SIZE, precision="int8"), Form(SIZE, precision="int8", input="rgba", stride=8))
"""In float, in integers, and what `--preset phone` gives."""


@pytest.fixture(scope="session")
def x86() -> Machine:
    try:
        return reference()
    except BoardError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def cortex_a76(x86: Machine) -> Machine:
    try:
        return emulated(CORES["cortex-a76"])
    except BoardError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("artifacts")
    return [
        artifact(folder, name, form) if form.precision == "fp32" else integers(folder, name, form)
        for form in FORMS
        for name in ("tflite", "onnx")
    ]


def integers(folder: Path, name: str, form: Form) -> Path:
    """The embedded network, as it was quantized for everybody."""
    content = file.load(embedded_quantized())
    graph = spelling.spelled(content.graph, content.info, form, name)
    written = FORMATS[name].room("write").write(graph, form.size, content.info)
    return bundle.stage(folder, form.file_stem("net", name) + FORMATS[name].suffix, written).path
