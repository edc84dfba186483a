"""What the doctor asks in a process of its own.

    python -m export.doctor.probe import MODULE
    python -m export.doctor.probe runtime FORMAT NUMBER        one line of that format's runtimes
    python -m export.doctor.probe network

Answers on stdout, in JSON: {"value": ..., "error": ""}.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export.formats import Format

STDOUT, STDERR = 1, 2


def main(words: list[str]) -> int:
    # packages print what they like when they are imported: stdout is for the answer alone
    answering = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    said = answer(words)
    os.write(answering, json.dumps(said).encode())
    return 0


def answer(words: list[str]) -> dict[str, Any]:
    """Whatever goes wrong in a foreign package is an answer, too."""
    try:
        return {"value": ANSWERS[words[0]](*words[1:]), "error": ""}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a broken package may even call sys.exit while it is imported
        return {"value": None, "error": f"{type(error).__name__}: {error}"}


def imported(module: str) -> None:
    importlib.import_module(module)


def runtime(format_name: str, number: str) -> dict[str, Any]:
    """A network of one layer, written, read back and run: in float, and in integers."""
    from export.formats import FORMATS
    from fastscnn.errors import MissingPackageError

    format = FORMATS[format_name]
    options = (*format.gates, *format.reported)[int(number)]
    try:
        return _computed(format, options)
    except MissingPackageError as error:
        return {"missing": error.message, "remedy": error.remedy}


def _computed(format: Format, options: Mapping[str, Any]) -> dict[str, Any]:
    import numpy as np

    from export.doctor import tiny

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fastscnn-doctor-") as folder:
        for kind, graph, given in tiny.networks():
            path = tiny.written(Path(folder), format, kind, graph)
            runner = format.room("run").load(path, threads=1, **options)
            wanted = tiny.meant(graph, given)
            got = runner.run(given.astype(runner.input.dtype))[graph.output]
            difference = np.abs(got.astype(np.float64) - wanted) / tiny.unit(graph, wanted)
            found["runtime"] = runner.runtime
            found[kind] = {
                "greatest": float(difference.max()),
                "differing": int(np.count_nonzero(difference)),
                "values": int(difference.size),
            }
    return found


def network() -> dict[str, Any]:
    """The embedded network: its digests, and whether its integers are of its floats."""
    from export.source import embedded_quantized
    from fastscnn.graph import file

    quantized = embedded_quantized()
    content = file.load(quantized)
    floats = quantized.with_name("camvid.safetensors")
    return {
        "float": _digest(floats),
        "int8": _digest(quantized),
        "int8_made_of": content.info.checkpoint_sha256,
        "classes": len(content.info.classes),
    }


def _digest(path: Path) -> str:
    from export.bundle import digest

    return digest(path)


ANSWERS: dict[str, Callable[..., Any]] = {"import": imported, "runtime": runtime, "network": network}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
