"""What benchmarks/peers hands to other converters: the embedded float network, and pictures to calibrate on.

    python -m export.kit FOLDER HxW PICTURES [DATA]

PICTURES from DATA's training split, the same ones that fastscnn-quantize takes; without DATA the embedded
street photographs, as many as there are.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from export import pictures, source
from export.formats import FORMATS
from export.forms import Form
from export.request import Request
from export.spelling import spelled
from fastscnn import console
from fastscnn.console import Console
from fastscnn.graph import file
from fastscnn.info import Size
from fastscnn.options import size_of
from quantize import calibration

WRITTEN = ("tflite", "onnx")


def main(arguments: list[str]) -> int:
    return console.run(lambda output: _write(arguments, output), Console(quiet=True))


def _write(arguments: list[str], output: Console) -> int:
    folder, size, wanted = Path(arguments[0]), size_of(arguments[1]), int(arguments[2])
    data = Path(arguments[3]) if len(arguments) > 3 else None
    folder.mkdir(parents=True, exist_ok=True)
    network = source.load(Request(formats=WRITTEN), output)
    info, form = network.info, Form(size, input="tensor", plain=True)
    for name in WRITTEN:
        graph = spelled(network.graph, info, form, name)
        written = FORMATS[name].room("write").write(graph, size, info)
        (folder / f"network{FORMATS[name].suffix}").write_bytes(written)
    (folder / "network.graph.safetensors").write_bytes(file.dump(graph, info))
    shown, origin = _pictures(data, size, wanted, output)
    np.save(folder / "pictures.npy", np.stack(shown))
    street = pictures.opened(pictures.embedded()[0], size)
    np.save(folder / "frame.npy", np.concatenate([street, np.full((*size, 1), 255, np.uint8)], axis=2))
    document = {
        "size": size,
        "preprocessing": asdict(info.preprocessing),
        "classes": info.classes,
        "align_corners": info.align_corners,
        "pictures": len(shown),
        "pictures_from": origin,
        "sha256": network.sha256,
    }
    (folder / "kit.json").write_text(json.dumps(document, indent=2))
    return 0


def _pictures(data: Path | None, size: Size, wanted: int, output: Console) -> tuple[list[Any], str]:
    if data is None:
        paths = pictures.embedded()[:wanted]
        return [pictures.opened(path, size) for path in paths], "the embedded street photographs"
    chosen = calibration.choose(data, size, output, wanted=wanted)
    return list(chosen.pictures), f"the training split of {data.name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
