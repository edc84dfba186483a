"""fastscnn-doctor: the command line. Imports nothing heavy: --help answers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from export.formats import FORMATS
from fastscnn import __version__, console
from fastscnn.console import Console, Parser
from fastscnn.options import add_streams

if TYPE_CHECKING:
    from export.doctor.finding import Finding

EXAMPLES = """examples:
  fastscnn-doctor                        what is here, what is wrong, and what to do about it
  fastscnn-doctor --format coreml        Core ML must work here, too
  fastscnn-doctor --quiet                only what is wrong
  fastscnn-doctor --json > doctor.json   to go with a report of a fault

exit codes: 0 all that is needed works (what is optional may be missing), 2 it does not, 130 interrupted
"""
TITLES = {
    "packages": "Packages, and the versions wanted",
    "cpu": "This CPU, and what it means for int8",
    "runtimes": "Runtimes, each with a network of one layer",
    "network": "The embedded network",
    "space": "Memory and disk",
}
FAILED = 2


def parser() -> Parser:
    own = Parser(
        prog="fastscnn-doctor",
        description="What this machine has for fastscnn-mobile, what is wrong with it, and what to do.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument(
        "--format",
        action="append",
        choices=[*FORMATS, "all"],
        default=[],
        dest="formats",
        help="a format that must work here even if its packages are optional; may be given again",
    )
    add_streams(own)
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    needed = list(FORMATS) if "all" in options.formats else options.formats
    from export.doctor import examination
    from export.doctor.finding import broken

    findings = examination.examine(needed, output)
    wrong = broken(findings)
    if not output.as_json:
        _print(findings, quiet=output.quiet)
    output.document(
        {
            "schema": 1,
            "version": __version__,
            "verdict": "broken" if wrong else "well",
            "findings": [finding.as_json() for finding in findings],
        }
    )
    return FAILED if wrong else 0


def _print(findings: Sequence[Finding], *, quiet: bool) -> None:
    """The result for people."""
    shown = [finding for finding in findings if not quiet or finding.state in ("warning", "broken")]
    for check, group in groupby(shown, key=lambda finding: finding.check):
        print(TITLES[check])
        for finding in group:
            print(f"  {finding.state:<8} {finding.subject}: {finding.message}")
            if finding.remedy:
                print(f"{'':<10} -> {finding.remedy}")
    counts = {state: sum(f.state == state for f in findings) for state in ("broken", "warning", "missing")}
    if not quiet:
        print(
            f"{counts['broken']} broken, {counts['warning']} to know about,"
            f" {counts['missing']} optional and not installed"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
