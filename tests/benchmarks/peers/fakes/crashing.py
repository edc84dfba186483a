"""A peer that dies of its own native code."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a crashing peer", ".tflite", "fake", ("numpy",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    print("checking the alignment", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)
