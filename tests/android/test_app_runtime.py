"""What the application expects of LiteRT's CompiledModel, asked of the same runtime in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export import bundle, spelling
from export.formats import FORMATS
from export.forms import Form
from export.source import embedded_quantized
from fastscnn.graph import file

SIZE = (64, 96)
KINDS = {
    "camera bytes to coarse logits": Form(SIZE, precision="int8", input="rgba", stride=8),
    "pixels to float logits": Form(SIZE, precision="int8", float_output=True),
    "pixels to labels": Form(SIZE, precision="int8", output="labels"),
}

pytestmark = pytest.mark.slow


def exported(folder: Path, form: Form) -> Path:
    content = file.load(embedded_quantized())
    graph = spelling.spelled(content.graph, content.info, form, "tflite")
    written = FORMATS["tflite"].room("write").write(graph, form.size, content.info)
    return bundle.stage(folder, "net.tflite", written).path


@pytest.mark.parametrize("name", KINDS)
def test_unsigned_pixels_are_written_as_signed_bytes(tmp_path: Path, name: str) -> None:
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.interpreter import Interpreter

    path = str(exported(tmp_path, KINDS[name]))
    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    pixels = np.random.default_rng(0).integers(0, 256, taken["shape"], np.uint8)
    interpreter.set_tensor(taken["index"], pixels)
    interpreter.invoke()
    expected = interpreter.get_tensor(given["index"])

    model = CompiledModel.from_file(path)
    inputs, outputs = model.create_input_buffers(0), model.create_output_buffers(0)
    inputs[0].write(pixels.view(np.int8).ravel())
    model.run_by_index(0, inputs, outputs)
    found = outputs[0].read(expected.size, given["dtype"])
    np.testing.assert_array_equal(found, expected.ravel())
