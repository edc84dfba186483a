"""fastscnn-export: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export import inspection
from export.formats import FORMATS
from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.errors import UsageError
from fastscnn.options import add_network, add_streams, path, size_of, variant_of

if TYPE_CHECKING:
    from export.forms import Precision
    from export.request import Request
    from fastscnn.data.limits import Limits

EXAMPLES = """examples:
  fastscnn-export --format tflite                      the embedded network, as one TFLite file
  fastscnn-export model.pth --format all               your own checkpoint, as ONNX, TFLite and Core ML
  fastscnn-export --format tflite --int8               the embedded network in integers, for a phone
  fastscnn-export model.pth --format all --int8 --data pictures/
  fastscnn-export model.int8.safetensors --format tflite --size 360x480 --input rgba --stride 8
  fastscnn-export model.pth --layout xiaoyufenfei --variant order=bgr --classes names.txt
  fastscnn-export --explain exports/model_512x1024_int8.tflite      is it really int8, whose is it
  fastscnn-export --explain classifier.conv model.int8.safetensors
  fastscnn-export --verify exports model.pth           is it what was delivered, and does it still compute it

exit codes: 0 done, 2 the input is wrong, 3 a gate failed (nothing is delivered) or a delivery differs, 130
interrupted
"""


PLAIN: dict[str, Any] = {"precision": "fp32", "input": "image", "stride": 1}
PHONE: dict[str, Any] = {"precision": "int8", "input": "rgba", "stride": 8}
"""What --preset phone makes of the defaults; options that are given stand."""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-export",
        description="Export a Fast-SCNN checkpoint to ONNX, TFLite and Core ML, proven equal to PyTorch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "checkpoint",
        nargs="?",
        type=path,
        metavar="CHECKPOINT",
        help="any public layout (.pth .pt .ckpt .tar .safetensors .pdparams), or *.int8.safetensors of"
        " fastscnn-quantize; default: the embedded network",
    )
    own.add_argument(
        "--format",
        action="append",
        choices=[*FORMATS, "all"],
        dest="formats",
        help="may be given again (default: all)",
    )
    _add_form(own)
    network = add_network(own)
    network.add_argument("--list-layouts", action="store_true", help="print the layouts that can be read")
    _add_delivery(own)
    inspection.add(own)
    add_streams(own)
    return own


def _add_form(own: Parser) -> None:
    form = own.add_argument_group("what is written")
    precision = form.add_mutually_exclusive_group()
    for name, help_text in (
        ("int8", "8-bit integers; a float checkpoint of one's own needs --data to calibrate on"),
        ("fp16", "weights stored in float16, float32 at the borders"),
        ("fp32", "float32 (default)"),
    ):
        precision.add_argument(
            f"--{name}", action="store_const", const=name, dest="precision", help=help_text
        )
    form.add_argument("--size", metavar="HxW", help="default: what the checkpoint says, else 512x1024")
    form.add_argument(
        "--input",
        choices=["image", "rgba", "tensor"],
        help="image (default): RGB pixels 0..255; rgba: a camera frame's bytes; tensor: what PyTorch takes",
    )
    form.add_argument("--output", choices=["logits", "labels"], default="logits", help="default: logits")
    form.add_argument(
        "--stride", type=int, choices=[1, 8], help="1 (default): full size; 8: the network's own 1/8"
    )
    form.add_argument("--float-output", action="store_true", help="an int8 file ends in float logits")
    form.add_argument("--preset", choices=["phone"], help="int8, the fastest camera input, stride 8")
    form.add_argument(
        "--onnx-activations",
        choices=["uint8", "int8"],
        default="uint8",
        help="of an int8 ONNX file; uint8 (default) is what onnxruntime fuses fully; same numbers",
    )
    form.add_argument(
        "--coreml-weights-only",
        action="store_true",
        help="an int8 Core ML package stores int8 weights and computes in float: iOS 16 instead of 17",
    )
    form.add_argument(
        "--plain",
        action="store_true",
        help="no rewrites for speed (TFLite): every layer lies in the file as it does in the other formats",
    )
    form.add_argument(
        "--data",
        type=path,
        metavar="DIR",
        help="pictures to calibrate and to compare on (default: street photographs inside); with masks also"
        " the mIoU of an int8 file",
    )
    form.add_argument(
        "--max-miou-loss",
        type=float,
        default=1.0,
        metavar="POINTS",
        help="what int8 may lose against float on labelled pictures (default: 1)",
    )
    form.add_argument(
        "--min-agreement",
        type=float,
        default=0.9,
        metavar="SHARE",
        help="least share of labels that int8 must have in common with float (default: 0.9)",
    )


def _add_delivery(own: Parser) -> None:
    delivery = own.add_argument_group("where it goes")
    delivery.add_argument(
        "--out", type=path, default=Path("exports"), metavar="DIR", help="default: exports/"
    )
    delivery.add_argument("--name", help="default: the checkpoint's stem, or fastscnn-camvid")
    delivery.add_argument("--force", action="store_true", help="replace existing artifacts of other content")
    delivery.add_argument(
        "--artifacts-only", action="store_true", help="deliver no report and no manifest beside the artifacts"
    )
    delivery.add_argument(
        "--try-it", action="store_true", help="also tryit.html: the integers running in a browser, offline"
    )
    delivery.add_argument("--dry-run", action="store_true", help="do and check everything, deliver nothing")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    if options.list_layouts:
        return _list_layouts(output)
    if inspection.asked(options):
        return inspection.run(options, output)
    request = request_of(options)
    from export import pipeline

    report = pipeline.export(request, output)
    _summarise(report, output, request)
    if options.preset is not None:
        _instruct(report, output)
    output.document(report)
    return 0


def request_of(options: argparse.Namespace) -> Request:
    """The request that the options spell; UsageError where they contradict each other."""
    from export.request import Request, formats_of, is_quantized

    checkpoint: Path | None = options.checkpoint
    quantized = checkpoint is not None and is_quantized(checkpoint)
    defaults = PHONE if options.preset == "phone" else PLAIN
    precision: Precision = options.precision or ("int8" if quantized else defaults["precision"])
    if quantized and precision != "int8":
        raise UsageError(
            f"{checkpoint} is quantized: it cannot be exported as {precision}.",
            "Leave out the option, or give the float checkpoint that it was made from.",
        )
    if precision != "int8":
        _refuse_integer_options(options, precision)
    return Request(
        formats=formats_of(options.formats or ["all"]),
        checkpoint=checkpoint,
        size=size_of(options.size) if options.size is not None else None,
        precision=precision,
        input=options.input or defaults["input"],
        output=options.output,
        stride=options.stride or defaults["stride"],
        float_output=options.float_output,
        onnx_activations=options.onnx_activations,
        coreml_weights_only=options.coreml_weights_only,
        plain=options.plain,
        data=options.data,
        limits=_limits(options),
        layout=options.layout,
        variant=variant_of(options.variant),
        classes=options.classes,
        out=options.out,
        name=options.name,
        force=options.force,
        artifacts_only=options.artifacts_only,
        try_it=options.try_it,
        dry_run=options.dry_run,
    )


def _refuse_integer_options(options: argparse.Namespace, precision: str) -> None:
    for option, given in (
        ("--onnx-activations int8", options.onnx_activations != "uint8"),
        ("--coreml-weights-only", options.coreml_weights_only),
    ):
        if given:
            raise UsageError(f"{option} is for int8 files; this one is {precision}.", "Add --int8.")


def _limits(options: argparse.Namespace) -> Limits:
    from fastscnn.data.limits import Limits

    if not 0 <= options.max_miou_loss <= 100:
        raise UsageError(f"--max-miou-loss {options.max_miou_loss} is no number of points.", "Example: 1")
    if not 0 <= options.min_agreement <= 1:
        raise UsageError(f"--min-agreement {options.min_agreement} is no share.", "Example: 0.9")
    return Limits(miou_loss=options.max_miou_loss / 100, agreement=options.min_agreement)


def _list_layouts(output: Console) -> int:
    from fastscnn.network import layouts

    rows = layouts.list_layouts()
    if output.as_json:
        output.document({"layouts": rows})
        return 0
    for row in rows:
        print(f"{row['name']:<16} {row['source']}\n{'':<16} keys: {row['tell_tale']}")
        for line in row["assumed"]:
            print(f"{'':<16} {line}")
    return 0


def _summarise(report: dict[str, Any], output: Console, request: Request) -> None:
    """The result for people, a line an artifact."""
    from export import bundle

    if not report["model"]["trained"]:
        output.warn(report["model"]["warnings"][-1])
    verb = "would deliver" if report["dry_run"] else "delivered"
    for artifact in report["artifacts"]:
        output.say(
            f"{verb} {Path(report['out']) / artifact['file']}  {artifact['bytes'] / 1e6:.2f} MB"
            f"  {found(artifact)}"
        )
    if not (request.dry_run or request.artifacts_only):
        output.say(f"All of it to read, with pictures and code: {request.out / bundle.PAGE}")


def _instruct(report: dict[str, Any], output: Console) -> None:
    """What is left for the application that runs the files."""
    from export import host

    for artifact in report["artifacts"]:
        output.say(f"\nAround {artifact['file']}:")
        for line in host.steps(artifact, report["model"]):
            output.say(f"  {line}")


def found(artifact: dict[str, Any]) -> str:
    """How well a file agrees, from its entry in the report."""
    return (_found_integers if artifact["precision"] == "int8" else _found_floats)(artifact["parity"])


def _found_floats(parity: dict[str, Any]) -> str:
    found = (
        f"differs from PyTorch by {parity['max_difference']:.1e} of the logits' range"
        if parity["max_difference"] is not None
        else "every clearly decided label is PyTorch's"
    )
    return f"{found} (limit {parity['limit']:.0e}), labels agree {parity['label_agreement']:.4%}"


def _found_integers(parity: dict[str, Any]) -> str:
    found = (
        f"{len(parity['layers'])} layers as the integers say ({parity['differing_share']:.4%} of the values"
        f" a step off), {parity['label_agreement']:.2%} of the labels as {parity['label_agreement_against']}"
    )
    score = parity.get("score")
    if score is None:
        return found
    was = f" (float {score['float']['miou']:.4f})" if score["float"] is not None else ""
    return f"{found}, mIoU {score['int8']['miou']:.4f}{was} on {score['pictures']} pictures"


if __name__ == "__main__":
    sys.exit(main())
