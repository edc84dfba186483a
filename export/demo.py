"""`make demo`: the embedded network in every format, and what each file sees in a street photograph."""

from __future__ import annotations

import sys
from pathlib import Path

from export import pictures, pipeline
from export.formats import FORMATS
from export.forms import feed
from export.overlay import overlay
from export.request import Request, form_of
from fastscnn import console
from fastscnn.console import Console


def main(arguments: list[str]) -> int:
    out = Path(arguments[0] if arguments else "build/demo")
    return console.run(lambda output: _demo(out, output), Console())


def _demo(out: Path, output: Console) -> int:
    request = Request(formats=tuple(FORMATS), out=out, force=True)
    report = pipeline.export(request, output)
    photograph = pictures.embedded()[0]
    for artifact in report["artifacts"]:
        room = FORMATS[artifact["format"]]
        path = out / artifact["file"]
        contents = room.room("read").read(path)
        height, width = form_of(request, contents.info).size
        pixels = pictures.opened(photograph, (height, width))
        runner = room.room("run").load(path, **room.gates[-1])
        logits = runner.run(feed(pixels, "image", contents.info.preprocessing))[contents.output.name]
        picture = overlay(pixels, logits.argmax(axis=2), contents.info)
        target = out / f"{artifact['format']}.png"
        picture.save(target)
        parity = artifact["parity"]
        output.say(
            f"{path}  {artifact['bytes'] / 1e6:.2f} MB  differs from PyTorch by"
            f" {parity['max_difference']:.1e} of the range, labels agree {parity['label_agreement']:.4%};"
            f" seen: {target}"
        )
    if not report["model"]["trained"]:
        output.warn(report["model"]["warnings"][-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
