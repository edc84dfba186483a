"""A peer that is content, and delivers nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a silent peer", ".tflite", "fake", ("numpy",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    """Nothing at all."""
