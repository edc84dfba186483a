"""A peer whose file no runtime opens."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a peer of garbage", ".tflite", "fake", ("numpy",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    target.write_bytes(b"garbage" * 100)
