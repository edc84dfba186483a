"""fastscnn-quantize: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.options import add_network, add_streams, path, positive, share, whole
from quantize.request import EPOCHS, SUFFIX, request_of

EXAMPLES = f"""examples:
  fastscnn-quantize --data camvid --out city{SUFFIX}          the embedded network
  fastscnn-quantize model.pth --data photographs --out model{SUFFIX} --size 512x1024
  fastscnn-quantize model.pth --data cityscapes --out model{SUFFIX} --qat --epochs 5
  fastscnn-quantize model.pth --data cityscapes --out model{SUFFIX} --sensitivity
  fastscnn-quantize model.pth --data cityscapes --out model{SUFFIX} --recipe model.recipe.json
  fastscnn-export model{SUFFIX}                               then: every format, these integers

A data set is calibrated on its train split and judged on val; of a plain folder of 40 photographs or more
every fifth is kept for judging, a smaller one serves for both.

exit codes: 0 done, 2 the input is wrong, 3 int8 loses more than the limits (nothing is written),
130 interrupted (a --qat run continues with --resume)
"""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-quantize",
        description="Decide the integers of an int8 network once, for every format, and say what they cost.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "checkpoint",
        nargs="?",
        type=path,
        metavar="CHECKPOINT",
        help="a float checkpoint of any public layout; default: the embedded network",
    )
    own.add_argument(
        "--data", type=path, required=True, metavar="DIR", help="a data set, or a folder of photographs"
    )
    own.add_argument(
        "--out", type=path, required=True, metavar="FILE", help=f"the quantized file, NAME{SUFFIX}"
    )
    own.add_argument("--force", action="store_true", help="replace a file of other content")
    _add_numbers(own)
    _add_training(own)
    _add_judging(own)
    add_network(own)
    add_streams(own)
    return own


def _add_numbers(own: Parser) -> None:
    numbers = own.add_argument_group("how the integers are decided")
    numbers.add_argument(
        "--input",
        choices=["image", "tensor"],
        default="image",
        help="image (default): RGB bytes, normalisation inside; tensor: what PyTorch takes",
    )
    numbers.add_argument("--size", metavar="HxW", help="default: what the checkpoint says, else 512x1024")
    numbers.add_argument(
        "--pictures", type=whole, metavar="N", help="calibrate on N pictures, evenly spaced; default 128"
    )
    numbers.add_argument(
        "--reduce-range",
        action="store_true",
        help="weights of 7 bits, for x86 processors without VNNI, whose kernels saturate",
    )
    numbers.add_argument(
        "--recipe",
        type=path,
        metavar="FILE",
        help="layers left in float, and more; --sensitivity writes one",
    )
    numbers.add_argument(
        "--exclude", action="append", default=[], metavar="LAYER", help="stays in float; may be given again"
    )
    numbers.add_argument("--threads", type=whole, metavar="N", help="the integers do not depend on it")


def _add_training(own: Parser) -> None:
    training = own.add_argument_group("quantization-aware training")
    training.add_argument("--qat", action="store_true", help="fine-tune with every number rounded")
    training.add_argument("--epochs", type=whole, metavar="N", help=f"default {EPOCHS}")
    training.add_argument("--learning-rate", type=positive, metavar="X", help="peak")
    training.add_argument("--seed", type=whole, metavar="N", help="default 1")
    training.add_argument("--resume", action="store_true", help="continue an interrupted run")


def _add_judging(own: Parser) -> None:
    judging = own.add_argument_group("how it is judged")
    judging.add_argument(
        "--limit", type=whole, metavar="N", help="judge on N pictures, evenly spaced; default 128"
    )
    judging.add_argument(
        "--max-miou-loss", type=positive, default=1.0, metavar="POINTS", help="with masks; default 1"
    )
    judging.add_argument(
        "--min-agreement",
        type=share,
        default=0.90,
        metavar="SHARE",
        help="without masks: least share of labels equal to the float network's; default 0.90",
    )
    judging.add_argument(
        "--sensitivity",
        action="store_true",
        help="rank the layers by what int8 costs them: a table, a picture, and a recipe beside FILE",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""

    def command(words: list[str], screen: Console) -> int:
        asked = request_of(parser().parse_args(words))
        from quantize import job

        return job.run(asked, screen)

    return console.start(command, arguments)


if __name__ == "__main__":
    sys.exit(main())
