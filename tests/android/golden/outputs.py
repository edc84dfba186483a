"""What the real runtime computes for a case."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from export import borders
from export.formats.base import Contents, Tensor
from export.formats.tflite import read, run
from export.forms import feed
from fastscnn.graph.graph import Array
from fastscnn.info import ModelInfo
from tests.android.golden.cases import Case
from tests.android.golden.frames import photograph, prepared
from tests.android.golden.networks import model_of


@dataclass(frozen=True, eq=False)
class Computed:
    """A case's model and every tensor on the way."""

    data: bytes
    info: ModelInfo
    contents: Contents
    canvas: Array
    given: Array
    output: Array


def computed(case: Case) -> Computed:
    data, info = model_of(case)
    upright = photograph(case.photograph, case.frame)
    canvas = prepared(upright, case.form.size, case.fit, info.preprocessing)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{case.name}.tflite")
        file.write_bytes(data)
        contents = read.read(file)
        given = borders.quantized(feed(canvas, case.form.input, info.preprocessing), contents.input)
        given = given.astype(contents.input.dtype, copy=False)
        output = run.load(file).run(given)[contents.output.name]
    return Computed(data, info, contents, canvas, given, output)


def output_of(case: Case) -> tuple[Array, Tensor]:
    """The output alone, and what it stands for."""
    found = computed(case)
    return found.output, found.contents.output
