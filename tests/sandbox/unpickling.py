"""What our commands must not do: unpickle what they are given. The arena's own tests run this one."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    pickle.loads(Path(arguments[0]).read_bytes())
    return 0
