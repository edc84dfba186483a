"""fastscnn-bench report: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.options import add_streams, path

PAGE = "latency.html"
EXAMPLES = """examples:
  fastscnn-bench report results                  a folder that fastscnn-bench --out wrote
  fastscnn-bench report pi.json phone.json --out latency

mIoU comes from the report.json of an int8 export with --data, or from what fastscnn-eval --json prints, saved
beside the artifact or beside the results.

exit codes: 0 done, 2 the input is wrong, 130 interrupted
"""


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-bench report",
        description="Latency against size, precision, threads and mIoU, as PNG and in one HTML file.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "results", nargs="+", type=path, metavar="RESULTS", help="JSON documents or their folders"
    )
    own.add_argument(
        "--out", type=path, default=Path("latency-report"), metavar="DIR", help="default: latency-report/"
    )
    own.add_argument("--force", action="store_true", help="replace what stands in DIR")
    add_streams(own)
    return own


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code."""
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    from benchmarks import delivery
    from benchmarks.page import page
    from benchmarks.plots import plots
    from benchmarks.results import frontier, read

    results = read(options.results)
    pictures = plots(results.rows)
    written = delivery.deliver(options.out, {**pictures, PAGE: page(results, pictures)}, force=options.force)
    for target in written:
        output.say(f"written: {target}")
    best = [{"board": row.board, "file": row.file, "threads": row.threads} for row in frontier(results.rows)]
    output.document(
        {
            "schema": 1,
            "written": [str(target) for target in written],
            "rows": len(results.rows),
            "pareto": best,
        }
    )
    return 0
