"""A peer that cannot, and says so in several lines."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a failing peer", ".tflite", "fake", ("numpy",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    target.write_bytes(b"half of it")
    raise RuntimeError("The conversion failed:\n  the operator adaptive_pool is not supported\n")
