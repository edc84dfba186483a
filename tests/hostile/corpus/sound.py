"""Sound artifacts to be damaged: our own, small, made once a process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fastscnn.info import Size

if TYPE_CHECKING:
    from export.formats.base import Files

SIZE: Size = (64, 96)


@cache
def artifact(format: str, precision: str = "fp32") -> Files:
    """The embedded network in one of the formats: bytes, or a package's files by name."""
    from export import source, spelling
    from export.formats import FORMATS
    from export.request import Request, form_of
    from fastscnn.console import Console

    request = Request(formats=(format,), precision="int8" if precision == "int8" else "fp32", size=SIZE)
    network = source.load(request, Console(quiet=True))
    form = form_of(request, network.info)
    graph = spelling.spelled(network.graph, network.info, form, format)
    write = FORMATS[format].room("write").write
    files: Files = write(graph, SIZE, network.info, **spelling.writing(form, format))
    return files


def file(format: str, precision: str = "fp32") -> bytes:
    """A format of one file."""
    files = artifact(format, precision)
    assert isinstance(files, bytes)
    return files


def package() -> dict[str, bytes]:
    """A Core ML package's files."""
    files = artifact("coreml")
    assert not isinstance(files, bytes)
    return dict(files)
