"""The network as a browser runs it: one TFLite file, spelled from the same integers as what is delivered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from export import spelling
from export.formats.tflite import read
from export.formats.tflite.write import write
from export.forms import Form
from export.request import Request
from export.source import Source
from fastscnn.errors import ClassesError, UsageError
from fastscnn.info import ModelInfo, Size

MOST_CLASSES = 256
"""A label in the page is a byte."""


@dataclass(frozen=True, eq=False)
class BrowserNetwork:
    """Bytes of R G B A in, float logits at 1/8 out: the runtime takes no int8 at a file's borders."""

    name: str
    model: bytes
    info: ModelInfo
    size: Size
    logits: tuple[int, ...]
    """Their rows, columns and classes."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model).hexdigest()


def require(request: Request) -> None:
    """Raises UsageError where what is asked for cannot become a page."""
    if request.precision != "int8":
        raise UsageError(
            f"--try-it runs the integers of an int8 export; this one is {request.precision}.", "Add --int8."
        )
    if request.input == "tensor":
        raise UsageError(
            "--try-it shows pictures to a network that takes pixels; this one takes tensors.",
            "Leave out --input tensor; a file quantized so is quantized again with --input image.",
        )
    if request.artifacts_only:
        raise UsageError(
            "--try-it writes a page, --artifacts-only leaves all pages out.", "Give one of the two."
        )


def spelled(source: Source, size: Size, name: str) -> BrowserNetwork:
    """The source's integers in the form that a page can feed and read."""
    if len(source.info.classes) > MOST_CLASSES:
        raise ClassesError(
            f"The network has {len(source.info.classes)} classes; a page holds labels of {MOST_CLASSES}.",
            "Leave out --try-it.",
        )
    form = Form(size, "int8", input="rgba", stride=8, float_output=True)
    graph = spelling.spelled(source.graph, source.info, form, "tflite")
    model = write(graph, size, source.info)
    found = read.audited("The page's network", model)
    return BrowserNetwork(name, model, source.info, size, found.output.shape[1:])
