"""A peer whose environment lacks it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a peer without itself", ".tflite", "fake", ("no-such-package",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    target.write_bytes(b"never")
