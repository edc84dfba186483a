"""Code of the page, run: on the delivered file it gives the labels that the page shows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.native import compiled
from export import borders, pictures
from export.formats import FORMATS
from export.formats.base import Contents
from export.forms import feed
from fastscnn.graph import file
from fastscnn.graph.graph import Array
from tests.android import kotlin
from tests.export.page.exported import Exported, exported
from tests.export.page.runtimes.coreml_played import played
from tests.graphs import fast_scnn, info_of, picture
from tests.quantized_graphs import quantized

RUNTIMES = Path(__file__).parent / "runtimes"
SIZE = (64, 96)
FORMS: dict[str, dict[str, Any]] = {
    "fp32 image": {},
    "fp32 rgba labels": {"input": "rgba", "output": "labels"},
    "fp32 tensor eighth": {"input": "tensor", "stride": 8},
    "fp16 rgba eighth": {"precision": "fp16", "input": "rgba", "stride": 8},
    "int8 image": {"precision": "int8"},
    "int8 rgba eighth": {"precision": "int8", "input": "rgba", "stride": 8},
    "int8 rgba labels eighth": {"precision": "int8", "input": "rgba", "output": "labels", "stride": 8},
    "int8 float output": {"precision": "int8", "float_output": True},
    "int8 signed": {"precision": "int8", "onnx_activations": "int8"},
    "int8 tensor": {"precision": "int8", "input": "tensor"},
}
QUICK = ("fp32 tensor eighth", "int8 image", "int8 rgba eighth")
TIES = 3
"""Pixels of a map whose best two logits may be a last bit apart."""
COMPILER = shutil.which("g++")


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exported]:
    """The export of a form, made when it is first asked for."""

    @cache
    def make(form: str) -> Exported:
        wanted = dict(FORMS[form])
        folder = tmp_path_factory.mktemp("delivered")
        if wanted.get("input") == "tensor" and wanted.get("precision") == "int8":
            graph = quantized(fast_scnn(5, input_name="input"), picture(SIZE))
            wanted["checkpoint"] = folder / "net.int8.safetensors"
            wanted["checkpoint"].write_bytes(file.dump(graph, info_of(5), {"method": "test"}))
        return exported(folder / "out", size=SIZE, **wanted)

    return make


@pytest.fixture(
    params=[pytest.param(form, marks=[] if form in QUICK else pytest.mark.slow) for form in FORMS]
)
def delivered(request: pytest.FixtureRequest, deliveries: Callable[[str], Exported]) -> Exported:
    return deliveries(request.param)


@dataclass(frozen=True, eq=False)
class Case:
    """The photograph that a page shows first, and one file on it."""

    delivered: Exported
    format: str

    @property
    def file(self) -> Path:
        name: str = self.delivered.artifact(self.format)["file"]
        return self.delivered.out / name

    @property
    def photograph(self) -> Path:
        return next(path for path in pictures.embedded() if path.name == self.delivered.photographs[0])

    @property
    def wanted(self) -> Array:
        """The labels that the page shows."""
        return self.delivered.labels(self.file.name)

    def frame(self) -> Array:
        """As a camera gives it."""
        pixels = pictures.opened(self.photograph, SIZE)
        if self.delivered.report["options"]["input"] != "rgba":
            return pixels
        return np.concatenate([pixels, np.full((*SIZE, 1), 255, np.uint8)], axis=2)

    def run(self) -> tuple[Array, Array]:
        """What the file is to be fed, byte for byte, and what it then gives."""
        format = FORMATS[self.format]
        contents: Contents = format.room("read").read(self.file)
        form = self.delivered.report["options"]["input"]
        pixels = pictures.opened(self.photograph, SIZE)
        given = borders.quantized(feed(pixels, form, contents.info.preprocessing), contents.input)
        runner = format.room("run").load(self.file, **format.gates[-1])
        result = runner.run(given)[contents.output.name]
        batch = given.astype(contents.input.dtype)
        return (
            batch.transpose(2, 0, 1) if contents.input.layout == "NCHW" else batch,
            result.transpose(2, 0, 1) if contents.output.layout == "NCHW" else result,
        )

    def prepare(self, folder: Path) -> None:
        """What a played runtime answers, and the frame."""
        _, result = self.run()
        np.ascontiguousarray(result).tofile(folder / "result.bin")
        self.frame().tofile(folder / "frame.bin")

    def require(self, folder: Path, *, ties: bool = False) -> None:
        """What the program fed, what it made of the answer, and the names it knows.

        `ties`: interpolated logits that are nearly equal may fall otherwise than torch's arithmetic has it.
        """
        given, _ = self.run()
        assert (folder / "given.bin").read_bytes() == given.tobytes()
        labels = np.fromfile(folder / "labels.bin", np.int32).reshape(self.wanted.shape)
        allowed = TIES if ties and self.delivered.report["options"]["stride"] == 8 else 0
        assert np.count_nonzero(labels != self.wanted) <= allowed
        names = (folder / "classes.txt").read_bytes().split(b"\0")[:-1]
        assert [name.decode() for name in names] == self.delivered.report["model"]["classes"]


@pytest.mark.parametrize("format", FORMATS)
def test_python_gives_the_labels_of_the_page(
    format: str, delivered: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(delivered, format)
    shutil.copy(case.photograph, delivered.out / "street.jpg")
    monkeypatch.chdir(delivered.out)
    if format == "coreml":
        monkeypatch.setitem(sys.modules, "coremltools", played)
    program: dict[str, Any] = {}
    exec(compile(delivered.code(format, "python"), f"{format}.py", "exec"), program)
    np.testing.assert_array_equal(program["labels"], case.wanted)
    assert program["CLASSES"] == tuple(delivered.report["model"]["classes"])


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
@pytest.mark.parametrize("format", ["tflite", "onnx"])
def test_cpp_feeds_every_byte_and_gives_the_labels_of_the_page(
    format: str, delivered: Exported, tmp_path: Path
) -> None:
    case = Case(delivered, format)
    case.prepare(tmp_path)
    shutil.copy(case.file, tmp_path / case.file.name)
    program = delivered.code(format, "cpp") + (RUNTIMES / f"main_{format}.txt").read_text()
    (tmp_path / "program.cpp").write_text(program)
    build(tmp_path / "program.cpp")
    subprocess.run([str(tmp_path / "program")], cwd=tmp_path, check=True)
    case.require(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(bool(kotlin.missing()), reason=kotlin.missing())
def test_kotlin_feeds_every_byte_and_gives_the_labels_of_the_page(
    deliveries: Callable[[str], Exported], tmp_path: Path
) -> None:
    """All forms at once: starting the compiler takes longer than compiling."""
    cases = {}
    for place, form in enumerate(FORMS):
        for format in ("tflite", "onnx"):
            folder = tmp_path / f"{format}{place}"
            folder.mkdir()
            case = cases[folder] = Case(deliveries(form), format)
            case.prepare(folder)
            code = f"package {folder.name}\n\n{case.delivered.code(format, 'kotlin')}"
            (folder / "Code.kt").write_text(code)
    jar = kotlin.compile("page", [RUNTIMES / "kotlin", *cases], java_8=False)
    done = kotlin.java([jar], "played.PlayedKt", *map(str, SIZE), *map(str, cases))
    assert done.returncode == 0, done.stderr
    for folder, case in cases.items():
        case.require(folder, ties=True)


def build(program: Path) -> None:
    """As an application builds it, warnings being errors."""
    assert COMPILER is not None
    found = [f"-I{folder}" for folder in (RUNTIMES, Path(compiled.__file__).parent)]
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Werror"]
    command = [COMPILER, *strict, *found, str(program), "-o", str(program.with_suffix(""))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
