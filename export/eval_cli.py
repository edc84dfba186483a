"""fastscnn-eval: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.errors import UsageError
from fastscnn.options import add_network, add_streams, pairs_of, path, size_of, variant_of

EXAMPLES = """examples:
  fastscnn-eval --data camvid                            the embedded network on CamVid's val
  fastscnn-eval model.pth --data cityscapes --size 512x1024
  fastscnn-eval exports/model_512x1024_fp32.tflite --data cityscapes --limit 50 --json
  fastscnn-eval cityscapes.pth --data camvid --map road=Road --map sidewalk=Pavement --map person=Pedestrian

A picture is squashed to the network's size, its logits are resized bilinearly to the mask's size, and one
confusion matrix counts all pictures. Void pixels do not count, nor do classes without any pixel.

exit codes: 0 done, 2 the input is wrong, 130 interrupted
"""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-eval",
        description="mIoU and per-class IoU of any checkpoint or artifact on a data set with masks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "file",
        nargs="?",
        type=path,
        metavar="FILE",
        help="a checkpoint of any layout, .onnx, .tflite or .mlpackage; default: the embedded network",
    )
    data = own.add_argument_group("what it is judged on")
    data.add_argument(
        "--data", type=path, required=True, metavar="DIR", help="CamVid, Cityscapes or a folder"
    )
    data.add_argument("--kind", metavar="KIND", help="camvid, cityscapes or folder; default: by its shape")
    data.add_argument("--split", default="val", help="default: val")
    data.add_argument("--limit", type=int, metavar="N", help="only N pictures, evenly spaced")
    data.add_argument("--size", metavar="HxW", help="default: what the file says, else 512x1024")
    data.add_argument(
        "--map",
        action="append",
        metavar="MODEL=DATA",
        help="the model was made for other classes: its name and the data set's; same names need no saying"
        " (--map names, where that is all); may be given again",
    )
    add_network(own)
    delivery = own.add_argument_group("where it goes")
    delivery.add_argument(
        "--out",
        type=path,
        metavar="DIR",
        help="confusion.png, evaluation.json and overlays of the worst pictures",
    )
    delivery.add_argument("--force", action="store_true", help="replace what stands in DIR")
    add_streams(own)
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit {options.limit} leaves no picture.", "Give a number above 0.")
    size = size_of(options.size) if options.size is not None else None
    wishes, variant = _wishes(options.map), variant_of(options.variant)
    from export import evaluate, evaluation_files
    from export.models import open_model
    from fastscnn.data.class_names import matched
    from fastscnn.data.datasets import open_dataset
    from fastscnn.data.scores import chosen

    # the data set first: it is opened at once, a network in seconds
    dataset = open_dataset(options.data, options.kind)
    samples = chosen(dataset.samples(options.split), options.limit)
    model = open_model(
        options.file, size=size, layout=options.layout, variant=variant, classes=options.classes
    )
    meaning = matched(model.info.classes, dataset.classes, wishes)
    for line in (*model.notes, *meaning.notes):
        output.say(f"note: {line}")
    for line in model.warnings:
        output.warn(line)
    score = evaluate.evaluate(model, dataset, samples, meaning, output)
    document = evaluation_files.document(model, dataset, options.split, meaning, score)
    if not output.as_json:
        _print(document)
    if options.out is not None:
        evaluation_files.deliver(options.out, document, model, dataset, meaning, score, force=options.force)
        output.say(f"written: {options.out}")
    output.document(document)
    return 0


def _wishes(pairs: list[str] | None) -> Mapping[str, str] | None:
    """None: not said. Else the pairs of names, of which `names` is none."""
    if pairs is None:
        return None
    return pairs_of("--map", [pair for pair in pairs if pair != "names"], "road=Road")


def _print(document: dict[str, Any]) -> None:
    """The result for people."""
    for name, iou in (*document["per_class"].items(), ("mIoU", document["miou"])):
        print(f"{name:<24} {'-' if iou is None else f'{iou:.4f}':>6}")
    print(f"over {document['images']} pictures", flush=True)


if __name__ == "__main__":
    sys.exit(main())
