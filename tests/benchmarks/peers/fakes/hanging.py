"""A peer that never ends, and neither does what it started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer("a hanging peer", ".tflite", "fake", ("numpy",), "a file", "none")


def write(kit: Kit, target: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (target.parent / "child").write_text(str(child.pid))
    child.wait()
