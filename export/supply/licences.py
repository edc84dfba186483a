"""The licences of all dependencies, as a table: `make licences`.

python -m export.supply.licences [EXTRA ...]
"""

from __future__ import annotations

import sys

from export.supply.installed import closure

EXTRAS = ("coreml", "tflite-runtime", "tensorflow", "train", "video", "bench", "test")
HEADER = "| package | version | licence, as its metadata says |\n|---|---|---|"


def main(arguments: list[str]) -> int:
    print(table(tuple(arguments) or EXTRAS))
    return 0


def table(extras: tuple[str, ...]) -> str:
    """One line a package, in Markdown."""
    rows = [f"| {one.name} | {one.version} | {one.licence} |" for one in closure(extras)]
    return "\n".join([HEADER, *rows])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
