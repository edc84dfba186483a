"""One peer at work, in its own environment.

    python -m benchmarks.peers.inside ROUTE KIT TARGET ANSWER.json

ROUTE is a module with `PEER` and `write(kit, target)`, which may give facts about the file that only its own
packages can read. What goes wrong is told in the peer's own words; whatever else it prints is its own affair.
"""

from __future__ import annotations

import json
import sys
import traceback
from importlib import import_module, metadata
from pathlib import Path

from benchmarks.peers.contract import Facts, Kit


def main(arguments: list[str]) -> int:
    route, kit, target, answer = arguments
    told: Facts = {}
    try:
        module = import_module(route)
        told["versions"] = {name: metadata.version(name) for name in module.PEER.packages}
        told["facts"] = module.write(Kit.open(Path(kit)), Path(target)) or {}
    except Exception as error:  # whatever a converter raises is what the table shows
        traceback.print_exc()
        told["error"] = last_line(error)
    Path(answer).write_text(json.dumps(told))
    return 1 if "error" in told else 0


def last_line(error: Exception) -> str:
    """The end of its message; its kind where it has none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
