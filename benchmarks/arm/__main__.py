"""`make arm`: artifacts on emulated ARM cores, and what was found there as a page."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from benchmarks.arm import counter
from benchmarks.arm.cores import CORES
from benchmarks.arm.machine import FOLDER, emulated, reference
from benchmarks.arm.proof import Finding, noise, prove
from benchmarks.arm.table import page
from fastscnn.errors import FastscnnError, ParityError, UsageError


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        findings = _found(options)
        options.out.write_text(page(findings))
        wrong = [f"{found.job.artifact.name} on {found.core}" for found in findings if not found.holds]
        if wrong:
            raise ParityError(
                f"Outputs differ from x86's: {', '.join(wrong)}.", f"{options.out} shows by how much."
            )
    except FastscnnError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(options.out.read_text())
    return 0


def _found(options: argparse.Namespace) -> list[Finding]:
    size = _size(options.files)
    machine = reference(FOLDER, _say)
    plugin = counter.built(FOLDER)
    findings = []
    for name in options.core or CORES:
        core = CORES[name]
        _say(f"{core.title}: {len(options.files)} files")
        board = emulated(core, FOLDER, _say)
        findings += prove(core, options.files, board, machine, noise(*size), plugin)
    return findings


def _size(files: list[Path]) -> tuple[int, int]:
    """Of their input: the same for all, by their names."""
    sizes = {match.groups() for file in files if (match := re.search(r"_(\d+)x(\d+)_", file.name))}
    if len(sizes) != 1:
        raise UsageError(
            "The files must be of one size, HEIGHTxWIDTH in their names.", "Give one size's files."
        )
    ((height, width),) = sizes
    return int(height), int(width)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arm", description=__doc__)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help=".tflite or .onnx, all of one size"
    )
    parser.add_argument("--core", action="append", choices=list(CORES), help="default: all")
    parser.add_argument("--out", type=Path, default=Path("docs/arm.md"), help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
