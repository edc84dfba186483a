"""A script of fakes/ at work, as a real peer would be."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers import building
from benchmarks.peers.contract import Kit
from benchmarks.peers.made import Made


def played(name: str, kit: Kit, folder: Path, limit: float = 60) -> Made:
    place = folder / name
    place.mkdir(parents=True)
    began = Made(name, f"a {name} peer", None)
    route = f"tests.benchmarks.peers.fakes.{name}"
    return building.written(began, Path(sys.executable), route, kit, place, ".tflite", limit)
