"""What each part of PTQ earns, on a data set's val: `python -m quantize.figures DATA`. Half an hour."""

from __future__ import annotations

import sys
from pathlib import Path

from fastscnn.console import Console
from fastscnn.data.limits import Limits, lost
from fastscnn.info import DEFAULT_SIZE
from fastscnn.network import checkpoint
from quantize import calibration, job, ptq
from quantize.recipe import Recipe
from quantize.request import Request

ROWS = {
    "minimum and maximum": Recipe(ranges="minmax", equalize=False, correct_bias=False),
    "percentiles": Recipe(ranges="percentile", equalize=False, correct_bias=False),
    "least rounding error": Recipe(ranges="histogram", equalize=False, correct_bias=False),
    "the best of the three for each tensor": Recipe(equalize=False, correct_bias=False),
    "... and biases corrected": Recipe(equalize=False),
    "... and channels equalized: the default": Recipe(),
    "the default with weights of 7 bits": Recipe(reduce_range=True),
}


def main(arguments: list[str]) -> int:
    asked = Request(data=Path(arguments[0]), out=Path())
    screen = Console(quiet=True)
    loaded = checkpoint.load()
    size = loaded.info.size or DEFAULT_SIZE
    pictures = calibration.choose(asked.data, size, screen)
    print("| ranges | mIoU | worst class | equal labels |\n|---|---|---|---|", flush=True)
    for what, recipe in ROWS.items():
        quantized = ptq.quantize(loaded, pictures, recipe=recipe, console=screen)
        judged = job.judged(asked, loaded, quantized, size, screen)
        assert judged.scores is not None, "a data set with masks is needed"
        mean, classes = lost(*judged.scores)
        shares = judged.scores[0].shares()
        great = {name: loss for name, loss in classes.items() if shares[name] >= Limits.class_share}
        worst = max(great, key=great.__getitem__)
        print(
            f"| {what} | {-100 * (mean or 0):+.2f} | {-100 * great[worst]:+.2f} {worst}"
            f" | {judged.label_agreement:.4f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
