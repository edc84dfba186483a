"""What a card says of its quantized file, from the file's record: `python -m quantize.card FILE CARD`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from fastscnn.graph import file

BEGIN, END = "<!-- int8 -->\n", "<!-- end of int8 -->\n"
"""The lines of a card between which this section stands."""
METHODS = {"ptq": "post-training quantization", "qat": "quantization-aware training"}


def section(path: Path) -> str:
    """The lines about a quantized file that was judged on masks."""
    content = file.load(path)
    record, figures = content.record, content.record["figures"]
    # a record is kept by name, a card by class
    names = sorted(figures["float"]["per_class"], key=content.info.classes.index)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [
        f"`{path.name}`, {path.stat().st_size / 1e6:.2f} MB, sha256 `{digest}`:",
        f"{METHODS[record['method']]}, ranges from {record['calibration']['pictures']} training pictures at"
        f" {record['size'][0]}x{record['size'][1]}.",
        f"On {figures['pictures']} pictures of {figures['split']}, {figures['label_agreement']:.2%} of the"
        " labels are the float network's.",
        f"mIoU changes by {_points(figures)}:",
        "",
        f"| | mean | {' | '.join(names)} |",
        f"|---{'|---' * (len(names) + 1)}|",
        *(f"| {kind} | {_row(figures[kind], names)} |" for kind in ("float", "int8")),
    ]
    return "\n".join(lines) + "\n"


def updated(card: str, path: Path) -> str:
    """The card with its section made again."""
    before, _, rest = card.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the card has no lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{section(path)}{END}{after}"


def _points(figures: dict[str, Any]) -> str:
    change = 100 * (figures["int8"]["miou"] - figures["float"]["miou"])
    low, high = (100 * value for value in figures["miou_change_95"])
    return f"{change:+.2f} points (95 % of 2000 draws of these pictures: {low:+.2f} to {high:+.2f})"


def _row(score: dict[str, Any], names: list[str]) -> str:
    values = [score["miou"], *(score["per_class"][name] for name in names)]
    return " | ".join("-" if value is None else f"{value:.4f}" for value in values)


if __name__ == "__main__":
    quantized, card_path = (Path(word) for word in sys.argv[1:])
    card_path.write_text(updated(card_path.read_text(encoding="utf-8"), quantized), encoding="utf-8")
