"""Writes the corpus into a folder, to try other tools on: python -m tests.hostile.make_corpus DIR

Nothing in it is run by making it. The payloads create the file `canary` beside the corpus, read or
overwrite what lies in `outside`, or connect to this machine's port 9.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.hostile.corpus import cases
from tests.hostile.corpus.case import Place


def make(root: Path) -> dict[str, Path]:
    """Each case in a folder of its own; the paths that commands would be told."""
    made = {}
    for case in cases():
        home = root / case.name
        folder, outside = home / "work", home / "outside"
        folder.mkdir(parents=True)
        outside.mkdir()
        (outside / "secret.bin").write_bytes(b"secret" * 100)
        (outside / "victim.txt").write_text("untouched\n")
        made[case.name] = case.make(Place(folder.resolve(), home.resolve() / "canary", outside.resolve()))
    return made


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m tests.hostile.make_corpus DIR", file=sys.stderr)
        return 2
    made = make(Path(sys.argv[1]))
    for name, path in made.items():
        print(f"{name:<48} {path}")
    print(f"{len(made)} hostile files", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
