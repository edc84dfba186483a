"""What --sensitivity leaves: a table, a picture, and a recipe with the worst layers in float."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastscnn.console import Console
from fastscnn.data.scores import chosen
from fastscnn.graph.first_layer import normalised
from fastscnn.info import Size
from fastscnn.network.running import computing
from quantize import delivery, sensitivity, sensitivity_picture
from quantize.calibration import choose
from quantize.recipe import Recipe
from quantize.request import Request
from quantize.running import fed
from quantize.sensitivity import Sensitivity

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint
    from quantize.ptq import Quantized

PICTURES = 4
SHOWN = 12


def make(
    asked: Request,
    recipe: Recipe,
    checkpoint: Checkpoint,
    quantized: Quantized,
    size: Size,
    screen: Console,
) -> dict[str, Any]:
    """Measure, tell, write; what the --json document says of it."""
    found = choose(asked.data, size, Console(quiet=True), wanted=max(PICTURES, 8))
    pictures = chosen(found.pictures, PICTURES)
    compute = computing(checkpoint.network)
    measured = sensitivity.measure(
        quantized.reference,
        [fed(quantized.graph, picture, checkpoint.info) for picture in pictures],
        [compute(normalised(picture, checkpoint.info.preprocessing)) for picture in pictures],
        screen,
        plain=quantized.plain,
    )
    tell(measured, screen)
    worst = replace(recipe, floats=(*recipe.floats, *measured.recommended()))
    written = {
        "picture": (f"{asked.stem}.sensitivity.png", sensitivity_picture.draw(measured)),
        "recipe": (f"{asked.stem}.recipe.json", json.dumps(worst.as_json(), indent=2).encode() + b"\n"),
    }
    for name, data in written.values():
        delivery.deliver(asked.out.with_name(name), data, force=asked.force)
    screen.say(f"written: {' and '.join(name for name, _ in written.values())}, in {asked.out.parent}")
    return {**measured.as_json(), **{kind: name for kind, (name, _) in written.items()}}


def tell(measured: Sensitivity, screen: Console) -> None:
    """The table: the worst layers, and what leaving them in float gives."""
    whole = measured.whole
    screen.say(
        f"all layers in int8: divergence {whole.divergence:.5f}, {whole.labels:.2%} of the labels change"
        f" ({measured.pictures} pictures)"
    )
    screen.say(f"{'layer':<56} {'it alone in int8':>18} {'all but it in int8':>20}")
    for layer in measured.layers[:SHOWN]:
        screen.say(
            f"{layer.name:<56} {layer.alone.divergence:>10.5f} {layer.alone.labels:>7.2%}"
            f" {layer.without.divergence:>12.5f} {layer.without.labels:>7.2%}"
        )
    if len(measured.layers) > SHOWN:
        screen.say(f"and {len(measured.layers) - SHOWN} layers that cost less")
    for count, (name, loss) in enumerate(measured.together, 1):
        screen.say(
            f"{count} in float, with {name}: divergence {loss.divergence:.5f}"
            f" ({loss.divergence / whole.divergence:.0%} of the loss is left)"
            if whole.divergence
            else f"{count} in float, with {name}"
        )
