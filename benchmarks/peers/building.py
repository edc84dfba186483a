"""A peer's file, made by its own packages in its own environment; a failure is a result like any other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.latency import Facts
from benchmarks.peers import environment, registry, watched
from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.environment import InstallError
from benchmarks.peers.made import Made

ROOT = Path(__file__).parents[2]
THREADS = {"OMP_NUM_THREADS": "2", "TF_CPP_MIN_LOG_LEVEL": "3"}


def build(name: str, peer: Peer, kit: Kit, folder: Path, limit: float, say: Callable[[str], None]) -> Made:
    """The environment, where it is not there yet, and the file."""
    began = Made(name, peer.title, None, pixels=peer.pixels)
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        python = environment.python(peer.environment, folder / "environments", say, peer.clone)
    except InstallError as error:
        return began.failed(f"cannot be installed: {error.message}").save(place)
    say(f"{peer.title}: writing")
    return written(began, python, f"{registry.PACKAGE}.{name}", kit, place, peer.suffix, limit).save(place)


def written(began: Made, python: Path, route: str, kit: Kit, place: Path, suffix: str, limit: float) -> Made:
    """The route's file, or its complaint."""
    target, answer = place / f"{began.name}{suffix}", place / "answer.json"
    words = ["-m", "benchmarks.peers.inside", route, str(kit.folder), str(target), str(answer)]
    # from a folder of its own, where converters may litter
    ended = watched.run(
        [str(python), *words],
        place / "log.txt",
        limit,
        {**THREADS, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        place,
    )
    told = _told(answer)
    known = Made(
        began.name,
        began.title,
        target,
        round(ended.seconds, 1),
        round(ended.cpu_seconds, 1),
        ended.peak_bytes,
        pixels=began.pixels,
        versions=told.get("versions", {}),
        facts=told.get("facts", {}),
    )
    if ended.code != 0:
        return known.failed(told.get("error") or ended.complaint())
    if not target.exists():
        return known.failed(f"ended well, but wrote no {suffix} file")
    return known


def _told(answer: Path) -> Facts:
    """Nothing, where the process died before it could tell."""
    try:
        told: Facts = json.loads(answer.read_text())
    except (OSError, ValueError):
        return {}
    return told
