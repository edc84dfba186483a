"""`make demo`: the embedded network in every format, in float and in integers, and what each file sees."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from export import borders, bundle, pictures, pipeline
from export.cli import found
from export.formats import FORMATS
from export.forms import Precision, feed
from export.overlay import overlay
from export.request import Request, form_of
from fastscnn import console
from fastscnn.console import Console

PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")


def main(arguments: list[str]) -> int:
    out = Path(arguments[0] if arguments else "build/demo")
    return console.run(lambda output: _demo(out, output), Console())


def _demo(out: Path, output: Console) -> int:
    for precision in PRECISIONS:
        integers = precision == "int8"
        request = Request(formats=tuple(FORMATS), precision=precision, out=out, force=True, try_it=integers)
        report = pipeline.export(request, output)
        for artifact in report["artifacts"]:
            picture = _seen(request, out, artifact)
            output.say(
                f"{out / artifact['file']}  {artifact['bytes'] / 1e6:.2f} MB  {found(artifact)};"
                f" seen: {picture}"
            )
        if integers:
            output.say(f"{out / report['try_it']['file']}  the integers in a browser: open it")
        if not report["model"]["trained"]:
            output.warn(report["model"]["warnings"][-1])
    output.say(f"{out / bundle.PAGE}: the int8 files on one page, to read")
    return 0


def _seen(request: Request, out: Path, artifact: dict[str, Any]) -> Path:
    """What the delivered file makes of a street photograph, as an overlay beside it."""
    room = FORMATS[artifact["format"]]
    path = out / artifact["file"]
    contents = room.room("read").read(path)
    pixels = pictures.opened(pictures.embedded()[0], form_of(request, contents.info).size)
    runner = room.room("run").load(path, **room.gates[-1])
    given = borders.quantized(feed(pixels, "image", contents.info.preprocessing), contents.input)
    logits = runner.run(given)[contents.output.name]
    target = out / f"{artifact['format']}{'_int8' if artifact['precision'] == 'int8' else ''}.png"
    overlay(pixels, logits.argmax(axis=2), contents.info).save(target)
    return target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
