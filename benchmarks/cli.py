"""fastscnn-bench: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.errors import UsageError
from fastscnn.options import add_streams, path, whole

if TYPE_CHECKING:
    from benchmarks.boards import Board, Outcome
    from benchmarks.request import Request

EXAMPLES = """examples:
  fastscnn-bench net.tflite                                     on this machine
  fastscnn-bench net.tflite --threads 1,4 --board ssh://pi@raspberrypi --out results
  fastscnn-bench fp32.tflite int8.tflite --compare              interleaved, with ratios and their spread
  fastscnn-bench net.tflite --board adb --adb-benchmark benchmark_model
  fastscnn-bench report results                                 pictures and one HTML of what was measured

Boards need Python 3.8 with numpy and a runtime, nothing of ours; ssh must get there without a question.

exit codes: 0 done, 2 the input is wrong or a board failed (the others' results stand), 130 interrupted
"""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-bench",
        description="Latency of .tflite and .onnx files here and on boards, with what may have disturbed it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument("files", nargs="+", type=path, metavar="FILE", help=".tflite or .onnx")
    what = own.add_argument_group("what is measured")
    what.add_argument("--threads", metavar="N,N", help="default: 1,2,4, as far as there are cores")
    what.add_argument(
        "--cores",
        default="auto",
        metavar="all|big|LIST",
        help="default: all, and the big ones where they differ",
    )
    what.add_argument("--compare", action="store_true", help="take turns, and print ratios to the first FILE")
    what.add_argument("--long", action="store_true", help="60 s and 1,024 runs, or 5 minutes")
    what.add_argument("--runs", type=whole, metavar="N", help="at least so many")
    what.add_argument("--seconds", type=float, metavar="S", help="at least so long")
    what.add_argument(
        "--input", type=path, metavar="FILE.npy", help="instead of a fixed pseudo-random picture"
    )
    what.add_argument("--runtime", metavar="NAME", help="ai-edge-litert, tflite-runtime or onnxruntime")
    what.add_argument(
        "--cool-wait", type=float, metavar="S", help="longest wait for a board to cool; default 120"
    )
    what.add_argument("--no-profile", dest="profile", action="store_false", help="no time by operator")
    where = own.add_argument_group("where")
    where.add_argument(
        "--board",
        action="append",
        metavar="ssh://USER@HOST[:PORT] | adb[:SERIAL] | here",
        help="may be given again: all at once; default: here",
    )
    where.add_argument("--ssh-config", type=path, metavar="FILE", help="a configuration for ssh (its -F)")
    where.add_argument("--board-python", default="python3", metavar="PATH", help="there; default: python3")
    where.add_argument(
        "--adb-benchmark",
        metavar="PATH",
        help="TFLite's benchmark_model for the phone, here or already there",
    )
    delivery = own.add_argument_group("where it goes")
    delivery.add_argument("--out", type=path, metavar="DIR", help="a JSON document a board")
    delivery.add_argument(
        "--force", action="store_true", help="replace what stands in DIR; measure what would be refused"
    )
    add_streams(own)
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["report"]:
        from benchmarks.report_cli import main as report

        return report(given[1:])
    return console.start(_run, given)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    from benchmarks import boards, delivery

    request = _request(options)
    request.check()
    asked = _boards(options)
    with delivery.folder(options.out):
        places = delivery.places(options.out, [board.name for board in asked], force=options.force)
        outcomes = boards.measure(asked, request, output.say)
        for outcome in outcomes:
            if outcome.document is not None:
                delivery.complete(outcome.document, outcome.board, request)
        written = delivery.write(places, outcomes)
    _report(outcomes, output)
    for target in written:
        output.say(f"written: {target}")
    output.document({"schema": 1, "boards": [outcome.as_json() for outcome in outcomes]})
    return max((outcome.error.exit_code for outcome in outcomes if outcome.error is not None), default=0)


def _request(options: argparse.Namespace) -> Request:
    from benchmarks.request import Request

    return Request(
        files=tuple(options.files),
        threads=_threads(options.threads),
        **{
            name: getattr(options, name)
            for name in (
                *("cores", "compare", "long", "runs", "seconds", "input", "runtime"),
                *("cool_wait", "profile", "force"),
            )
        },
    )


def _threads(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(sorted({whole(part.strip()) for part in text.split(",")}))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--threads: {error}.", "Example: --threads 1,2,4") from None


def _boards(options: argparse.Namespace) -> list[Board]:
    from benchmarks import adb, ssh
    from benchmarks.here import Here

    found: list[Board] = []
    for text in options.board or ["here"]:
        if text == "here":
            found.append(Here())
        elif text.startswith("ssh://"):
            address = ssh.address(text)
            found.append(ssh.Ssh(address, config=options.ssh_config, python=options.board_python))
        elif text == "adb" or text.startswith("adb:"):
            found.append(adb.Adb(adb.serial_of(text), binary=options.adb_benchmark))
        else:
            raise UsageError(
                f"--board {text!r} is no board.", "Write ssh://user@host[:port], adb[:SERIAL] or here."
            )
    names = [board.name for board in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--board {name} was given twice.", "Two at once would disturb each other.")
    return found


def _report(outcomes: Sequence[Outcome], output: Console) -> None:
    """Tables for people; a lone board's failure is the command's own."""
    from benchmarks import latency

    if len(outcomes) == 1 and outcomes[0].error is not None:
        raise outcomes[0].error
    for outcome in outcomes:
        if outcome.error is not None:
            output.warn(str(outcome.error))
        elif outcome.document is not None and not output.as_json:
            print(f"== {outcome.board}\n" if len(outcomes) > 1 else "", end="")
            print(latency.table(outcome.document), flush=True)


if __name__ == "__main__":
    sys.exit(main())
