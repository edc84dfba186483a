"""fastscnn-train: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastscnn import __version__, console
from fastscnn.console import Console, Parser
from fastscnn.errors import UsageError
from fastscnn.info import Size
from fastscnn.options import positive, share, whole

EXAMPLES = """examples:
  fastscnn-train camvid --out city.safetensors --size 360x480     train from nothing
  fastscnn-train camvid --out city.safetensors --size 360x480 --resume
  fastscnn-train mine --out mine.safetensors --init old.pth --new-head
  torchrun --nproc-per-node 2 -m fastscnn.network.train_cli camvid --out city.safetensors

Beside FILE lie FILE's .training (what --resume needs), .curves.json and .curves.png.

exit codes: 0 done, 2 the input is wrong, 130 interrupted (continue with --resume)
"""
SMALLEST = 32


@dataclass(frozen=True)
class Request:
    """A training run as it was asked for."""

    data: Path
    out: Path
    kind: str | None = None
    epochs: int = 150
    size: Size | None = None
    batch: int = 8
    seed: int = 1
    learning_rate: float = 4e-3
    full_from: float = 0.7
    initial: Path | None = None
    new_head: bool = False
    teacher: Path | None = None
    resume: bool = False
    force: bool = False
    device: str = "cpu"
    threads: int | None = None
    workers: int = 1
    notes: dict[str, str] = field(default_factory=dict)


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-train",
        description="Train a Fast-SCNN on a folder of pictures and masks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument("--version", action="version", version=f"fastscnn-mobile {__version__}")
    own.add_argument("data", type=Path, metavar="DIR", help="a data set: CamVid, Cityscapes, or a folder")
    own.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="best network by validation, .safetensors"
    )
    own.add_argument(
        "--kind", metavar="KIND", help="camvid, cityscapes or folder; default: found by its shape"
    )
    own.add_argument("--epochs", type=whole, default=150, metavar="N", help="default 150")
    own.add_argument("--size", type=_size, metavar="HxW", help="default: the first picture's size")
    own.add_argument("--batch", type=whole, default=8, metavar="N", help="pictures in a step; default 8")
    own.add_argument(
        "--seed", type=int, default=1, metavar="N", help="same seed, same weights on one machine"
    )
    own.add_argument("--learning-rate", type=positive, default=4e-3, metavar="X", help="peak; default 0.004")
    own.add_argument(
        "--full-from",
        type=share,
        default=0.7,
        metavar="SHARE",
        help="share of the epochs with crops of two thirds of the size; then full ones; default 0.7",
    )
    own.add_argument("--init", type=Path, metavar="CHECKPOINT", help="weights to start from, any layout")
    own.add_argument(
        "--new-head", action="store_true", help="with --init: leave its last convolution, for other classes"
    )
    own.add_argument(
        "--teacher", type=Path, metavar="CHECKPOINT", help="a better network to learn from as well"
    )
    own.add_argument(
        "--resume", action="store_true", help="continue an interrupted run with the same options"
    )
    own.add_argument("--force", action="store_true", help="replace an existing FILE")
    own.add_argument("--device", choices=("cpu", "cuda", "auto"), default="cpu", help="default cpu")
    own.add_argument("--threads", type=whole, metavar="N", help="CPU threads; weights depend on their number")
    own.add_argument(
        "--workers", type=whole, default=1, metavar="N", help="threads that make crops; default 1"
    )
    own.add_argument(
        "--note", action="append", default=[], metavar="KEY=VALUE", help="kept in FILE's description"
    )
    own.add_argument("--json", action="store_true", help="one JSON document on stdout")
    own.add_argument("--quiet", action="store_true", help="no progress")
    return own


def _size(text: str) -> Size:
    height, _, width = text.partition("x")
    if not (height.isdigit() and width.isdigit()) or min(int(height), int(width)) < SMALLEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no HEIGHTxWIDTH of at least {SMALLEST}x{SMALLEST}")
    if max(int(height), int(width)) > 8192:
        raise argparse.ArgumentTypeError(f"{text!r} is larger than 8192")
    return int(height), int(width)


def request(given: argparse.Namespace) -> Request:
    """The options, checked against each other."""
    if given.out.suffix != ".safetensors":
        raise UsageError(
            f"--out {given.out} does not end in .safetensors.", "It is the format that we write."
        )
    if given.out.is_dir():
        raise UsageError(f"--out {given.out} is a folder.", "Name a file.")
    if given.batch < 2:
        raise UsageError("--batch 1 cannot train: batch norm needs more pictures.", "Use at least 2.")
    if given.new_head and given.init is None:
        raise UsageError("--new-head means nothing without --init.", "Name the checkpoint to start from.")
    if given.resume and given.force:
        raise UsageError("--resume continues a run, --force begins anew.", "Choose one of them.")
    notes: dict[str, str] = {}
    for note in given.note:
        key, equals, value = note.partition("=")
        if not key or not equals:
            raise UsageError(f"--note {note!r} is not KEY=VALUE.", "Write for example --note data=CamVid.")
        notes[key] = value
    return Request(
        data=given.data,
        out=given.out,
        kind=given.kind,
        epochs=given.epochs,
        size=given.size,
        batch=given.batch,
        seed=given.seed,
        learning_rate=given.learning_rate,
        full_from=given.full_from,
        initial=given.init,
        new_head=given.new_head,
        teacher=given.teacher,
        resume=given.resume,
        force=given.force,
        device=given.device,
        threads=given.threads,
        workers=given.workers,
        notes=notes,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""

    def command(words: list[str], screen: Console) -> int:
        asked = request(parser().parse_args(words))
        from fastscnn.network import train_run

        return train_run.train(asked, screen)

    return console.start(command, arguments)


if __name__ == "__main__":
    sys.exit(main())
