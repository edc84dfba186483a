"""--explain and --verify of fastscnn-export: the options, and what they lead to. Imports nothing heavy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fastscnn.console import Console, Parser
from fastscnn.options import path, size_of, variant_of


def add(parser: Parser) -> None:
    """The options that look at files instead of writing them."""
    group = parser.add_argument_group("look instead of export")
    look = group.add_mutually_exclusive_group()
    look.add_argument(
        "--explain",
        metavar="LAYER|FILE",
        help="what is in an artifact, a quantized file or a checkpoint; or what a layer does in CHECKPOINT"
        " (an artifact, too; default: the embedded integers)",
    )
    look.add_argument(
        "--verify",
        type=path,
        metavar="DIR",
        help="check every digest of DIR's manifest, and prove its artifacts again: against the embedded"
        " network, or CHECKPOINT (--data, --classes as they were given); a difference is exit 3",
    )


def asked(options: argparse.Namespace) -> bool:
    return options.explain is not None or options.verify is not None


def run(options: argparse.Namespace, output: Console) -> int:
    return _verify(options, output) if options.verify is not None else _explain(options, output)


def _verify(options: argparse.Namespace, output: Console) -> int:
    from export.verification import text
    from export.verification.difference import VerificationError
    from export.verification.verify import verify

    document = verify(options.verify, options.checkpoint, options.data, options.classes, output)
    if not output.as_json:
        for line in text.lines(document, brief=output.quiet):
            print(line, flush=True)
    if document["verdict"] == "passed":
        output.document(document)
        return 0
    first = document["differences"][0]
    count = len(document["differences"])
    error = VerificationError(
        f"{document['folder']} is not what was delivered: {count} difference{'' if count == 1 else 's'},"
        f" the first in {first['file']}.",
        "Take the folder from where it was delivered, or export again.",
    )
    print(f"error: {error}", file=sys.stderr, flush=True)
    output.document({**document, "error": error.as_json()})
    return error.exit_code


def _explain(options: argparse.Namespace, output: Console) -> int:
    from export.explanation import file, layer, subject, text

    wishes = subject.Wishes(
        size_of(options.size) if options.size is not None else None,
        options.data,
        options.layout,
        variant_of(options.variant),
        options.classes,
    )
    document: dict[str, Any]
    if subject.is_file(options.explain):
        document = file.explain(subject.opened(Path(options.explain), wishes, output))
    else:
        document = layer.explain(
            options.explain, subject.opened(options.checkpoint, wishes, output), wishes, output
        )
    if not output.as_json:
        for line in text.lines(document):
            print(line)
    output.document(document)
    return 0
