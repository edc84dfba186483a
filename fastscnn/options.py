"""Options that several commands share, and the words that they are written in. Imports nothing heavy."""

from __future__ import annotations

from argparse import ArgumentTypeError, _ArgumentGroup
from pathlib import Path

from fastscnn import __version__
from fastscnn.console import Parser
from fastscnn.errors import UsageError
from fastscnn.info import Size


def add_network(parser: Parser) -> _ArgumentGroup:
    """What a checkpoint of somebody else may not say."""
    network = parser.add_argument_group("where the checkpoint does not say")
    network.add_argument(
        "--layout", metavar="NAME", help="the layout, if it should not be found from the keys"
    )
    network.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a switch of the network or its preprocessing, e.g. order=bgr; may be given again",
    )
    network.add_argument("--classes", type=path, metavar="FILE", help="class names, one a line")
    return network


def add_streams(parser: Parser) -> None:
    """--version, --json and --quiet."""
    parser.add_argument("--version", action="version", version=f"fastscnn-mobile {__version__}")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else there")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def path(text: str) -> Path:
    """A path; an empty one is an unset variable in somebody's script, not the current folder."""
    if not text:
        raise ArgumentTypeError("the path is empty")
    return Path(text)


def whole(text: str) -> int:
    """A count."""
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def positive(text: str) -> float:
    """A learning rate, a limit in points."""
    value = _number(text)
    if not 0 < value < 10:
        raise ArgumentTypeError(f"{text!r} is not a number above 0 and below 10")
    return value


def share(text: str) -> float:
    """A part of something."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def size_of(text: str) -> Size:
    """HxW."""
    height, separator, width = text.lower().partition("x")
    if not separator or not (height.isascii() and height.isdigit() and width.isascii() and width.isdigit()):
        raise UsageError(f"--size {text!r} is not a height and a width.", "Write it as HxW: --size 512x1024.")
    if len(height) > 9 or len(width) > 9 or not int(height) or not int(width):
        raise UsageError(f"--size {text!r} is no size that a picture can have.", "Example: --size 512x1024.")
    return int(height), int(width)


def variant_of(pairs: list[str]) -> dict[str, str]:
    """KEY=VALUE, each key once."""
    return pairs_of("--variant", pairs, "order=bgr")


def pairs_of(option: str, pairs: list[str], example: str) -> dict[str, str]:
    """The pairs of an option that may be given again."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = (part.strip() for part in pair.partition("="))
        if not separator or not key or not value:
            raise UsageError(f"{option} {pair!r} is not KEY=VALUE.", f"Example: {option} {example}.")
        if key in found:
            raise UsageError(f"{option} {key} was given twice.", "Keep one of them.")
        found[key] = value
    return found
