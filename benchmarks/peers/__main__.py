"""`make peers`: the same network through other people's converters, as one table.

Every step's result is kept: `--only` makes some files again, `--measure-only` takes all as they are and
repeats the latencies, on a quieter machine perhaps.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.latency import LEAST_SECONDS, Facts
from benchmarks.peers import building, examining, measuring, ours, registry, watched
from benchmarks.peers import made as results
from benchmarks.peers.building import ROOT
from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.examining import Judging
from benchmarks.peers.made import Made
from benchmarks.peers.measuring import Lengths
from benchmarks.peers.page import Found, page
from fastscnn import console
from fastscnn.console import Console, Parser
from fastscnn.errors import DataError, InputError, OutputError, UsageError
from fastscnn.options import add_streams, path, size_of, whole

MEASURED = "measured.json"
OURS = "ours"


def main(arguments: Sequence[str] | None = None) -> int:
    return console.start(_run, arguments)


def _run(given: list[str], output: Console) -> int:
    options = parser().parse_args(given)
    _check(options)
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(options)
    kit = _kit(options, folder / "kit")
    if OURS in chosen or not kit.integers.exists():
        ours.make(kit, options.data, folder, options.limit, output.say)
    peers = registry.known()
    for name in chosen:
        if name != OURS:
            building.build(name, peers[name], kit, folder, options.limit, output.say)
    made = _made(folder, peers)
    judging = Judging(kit, options.data, options.judged, folder / "judged", options.limit)
    seen = examining.examine(made, judging, output.say)
    running = [one for one in made if one.name in seen and "error" not in seen[one.name]]
    lengths = Lengths(options.seconds, options.rounds)
    measured = measuring.measure(running, kit, lengths, output.say)
    (folder / MEASURED).write_text(json.dumps(measured, indent=1))
    text = page(Found(kit, made, peers, seen, measured, date.today().isoformat()))
    options.out.write_text(text)
    output.say(text)
    output.document(_document(made, seen, measured))
    return 0


def _check(options: argparse.Namespace) -> None:
    """What would fail after an hour fails now."""
    if not options.out.parent.is_dir() or options.out.is_dir():
        raise OutputError(f"--out {options.out} cannot be written.", "Name a file in a folder that is there.")
    if options.data is not None and not options.data.is_dir():
        raise DataError(f"--data {options.data} is no folder.", "Give CamVid's, or leave it out.")
    if not LEAST_SECONDS <= options.seconds < math.inf:
        raise UsageError(
            f"--seconds {options.seconds:g} are too few to mean anything.", f"At least {LEAST_SECONDS:g}."
        )


def _made(folder: Path, peers: Mapping[str, Peer]) -> list[Made]:
    """Ours and every peer's, in this run or before; who was never asked has a row that says so."""
    own = [one for own in ours.OURS if (one := results.load(folder / own.name)) is not None]
    return [
        *own,
        *(
            results.load(folder / name) or Made(name, peer.title, None, error=results.NEVER)
            for name, peer in peers.items()
        ),
    ]


def _chosen(options: argparse.Namespace) -> list[str]:
    """Whose files are made in this run."""
    known = [OURS, *registry.names()]
    if options.measure_only:
        if options.only:
            raise UsageError("--measure-only makes no file; --only says which to make.", "Give either.")
        return []
    unknown = [name for name in options.only if name not in known]
    if unknown:
        raise UsageError(f"There is no peer called {unknown[0]}.", f"Known: {', '.join(known)}.")
    return [name for name in known if name in options.only] or known


def _kit(options: argparse.Namespace, folder: Path) -> Kit:
    """What all are given, written where it is not there or was asked for otherwise."""
    size, data = size_of(options.size), options.data
    words = [str(folder), options.size, str(options.pictures), *([str(data.resolve())] if data else [])]
    asked = folder / "asked.json"
    if not asked.exists() or json.loads(asked.read_text()) != words:
        if options.measure_only:
            raise InputError(
                f"{folder} holds nothing that was made so.", "Run make peers first, with the same options."
            )
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "export.kit", *words]
        ended = watched.run(command, folder / "log.txt", options.limit, {"PYTHONPATH": str(ROOT)})
        if ended.code != 0:
            raise InputError(f"The network and its pictures cannot be prepared: {ended.complaint()}")
        (folder / Kit.INTEGERS).unlink(missing_ok=True)
        asked.write_text(json.dumps(words))
    assert Kit.open(folder).size == size
    return Kit.open(folder)


def _document(made: Sequence[Made], seen: dict[str, Facts], measured: Facts) -> Facts:
    files = [
        {
            "name": one.name,
            "title": one.title,
            "file": one.file.name if one.file else None,
            "sha256": one.sha256,
            "bytes": one.bytes,
            "seconds": one.seconds,
            "peak_bytes": one.peak_bytes,
            "error": one.error or seen.get(one.name, {}).get("error"),
            "versions": dict(one.versions),
            "seen": seen.get(one.name),
        }
        for one in made
    ]
    return {"schema": 1, "files": files, **measured}


def parser() -> Parser:
    own = Parser(prog="python -m benchmarks.peers", description=__doc__, allow_abbrev=False)
    own.add_argument("--out", type=path, default=Path("docs/peers.md"), help="default: %(default)s")
    own.add_argument("--folder", type=path, default=Path("build/peers"), help="default: %(default)s")
    own.add_argument("--size", default="360x480", metavar="HxW", help="default: %(default)s")
    own.add_argument("--data", type=path, metavar="DIR", help="a data set with train and val; default: none")
    own.add_argument(
        "--pictures", type=whole, default=128, metavar="N", help="to calibrate on; default: %(default)s"
    )
    own.add_argument("--judged", type=whole, metavar="N", help="pictures to judge on; default: all of val")
    own.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="make this one again; may be given again"
    )
    own.add_argument("--measure-only", action="store_true", help="make nothing, repeat the latencies")
    own.add_argument(
        "--limit", type=whole, default=1800, metavar="S", help="for each converter; default: %(default)s"
    )
    own.add_argument(
        "--seconds", type=float, default=8.0, metavar="S", help="of runs a file; default: %(default)s"
    )
    own.add_argument("--rounds", type=whole, default=40, metavar="N", help="a lane; default: %(default)s")
    add_streams(own)
    return own


if __name__ == "__main__":
    sys.exit(main())
