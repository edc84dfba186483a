"""fastscnn-predict: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.options import add_network, add_streams, path, size_of, variant_of

EXAMPLES = """examples:
  fastscnn-predict street.jpg                            the embedded network; results in predictions/
  fastscnn-predict model.pth photographs/ --out seen
  fastscnn-predict exports/model_512x1024_fp32.tflite drive.mp4 --out seen

A picture NAME.jpg becomes NAME.labels.png (class indices, with a palette) and NAME.overlay.png (with a
legend), both at its own size. A video becomes NAME.overlay.mp4 and NAME.labels.mkv (lossless, the grey
value is the class); videos need pip install 'fastscnn-mobile[video]'.

exit codes: 0 done, 2 the input is wrong, 130 interrupted
"""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-predict",
        usage="%(prog)s [FILE] PICTURE|FOLDER|VIDEO... [--out DIR] [options]",
        description="What a checkpoint or an artifact sees in pictures and videos.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "words",
        nargs="+",
        type=path,
        metavar="FILE PICTURE|FOLDER|VIDEO",
        help="a checkpoint of any layout, .onnx, .tflite or .mlpackage (default: the embedded network);"
        " then pictures, folders of pictures, videos",
    )
    own.add_argument("--size", metavar="HxW", help="default: what the file says, else 512x1024")
    add_network(own)
    delivery = own.add_argument_group("where it goes")
    delivery.add_argument(
        "--out", type=path, default=Path("predictions"), metavar="DIR", help="default: predictions/"
    )
    delivery.add_argument("--force", action="store_true", help="replace files of other content")
    add_streams(own)
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    size = size_of(options.size) if options.size is not None else None
    variant = variant_of(options.variant)
    from export import inputs
    from export.models import open_model
    from export.predict import predict

    file, paths = inputs.told_apart(options.words)
    found = inputs.sources(paths)
    model = open_model(file, size=size, layout=options.layout, variant=variant, classes=options.classes)
    for line in model.notes:
        output.say(f"note: {line}")
    for line in model.warnings:
        output.warn(line)
    results = predict(model, found, options.out, output, force=options.force)
    output.say(f"written: the labels and overlays of {len(results)} inputs, in {options.out}")
    output.document({"schema": 1, "out": str(options.out), "model": model.as_json(), "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
