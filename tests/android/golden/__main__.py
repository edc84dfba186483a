"""Write the golden files of android_demo/core: `python -m tests.android.golden [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.android.golden import foreign, frame_cases, label_cases, whole
from tests.android.golden.archive import Entries, packed
from tests.android.golden.cases import CASES

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "android_demo" / "core" / "src" / "test" / "resources" / "golden"


def everything() -> Iterator[tuple[str, Entries]]:
    """Every golden file's name below the folder, and what is in it."""
    yield "frames.zip", frame_cases.golden()
    yield "foreign.zip", foreign.golden()
    for logits in label_cases.cases():
        yield f"labels/{logits.name}.zip", label_cases.golden(logits)
    for case in CASES:
        yield f"whole/{case.name}.zip", whole.golden(case)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    written = 0
    for name, case in everything():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = packed(case)
        path.write_bytes(data)
        written += len(data)
    print(f"{folder}: {written / 1e6:.2f} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
