"""Sensitivity as a picture: a bar a layer, and the loss that is left as the worst stay in float."""

from __future__ import annotations

import io

from fastscnn.errors import MissingPackageError
from quantize.sensitivity import Sensitivity

SHOWN = 24
"""Layers with a bar: the others cost next to nothing."""


def draw(measured: Sensitivity) -> bytes:
    """A PNG."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackageError(
            "The picture needs matplotlib, which is not installed.",
            'Install it: pip install "fastscnn-mobile[train]".',
        ) from error
    layers = measured.layers[:SHOWN]
    names = [layer.name for layer in layers]
    figure = Figure(figsize=(11, 2.2 + 0.24 * len(layers)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    places = range(len(layers))
    left.barh(places, [layer.alone.divergence for layer in layers], color="tab:red", label="it alone in int8")
    gained = [max(0.0, measured.whole.divergence - layer.without.divergence) for layer in layers]
    left.barh(places, gained, height=0.4, color="tab:blue", label="won back: it alone in float")
    left.set_yticks(places, names, fontsize=7)
    left.invert_yaxis()
    left.set(xlabel="divergence from the float network (nats a cell)", title="Layers, worst first")
    left.ticklabel_format(axis="x", scilimits=(0, 0))
    left.legend(loc="lower right", fontsize=8)
    curve = [measured.whole.divergence, *(loss.divergence for _, loss in measured.together)]
    right.plot(range(len(curve)), curve, "o-", color="tab:blue", ms=4)
    right.axhline(measured.whole.divergence / 2, color="0.6", lw=0.8, ls="--")
    right.axvline(len(measured.recommended()), color="0.6", lw=0.8, ls="--")
    right.set(xlabel="worst layers in float", title="Loss that is left", ylim=(0, None))
    right.xaxis.get_major_locator().set_params(integer=True)
    buffer = io.BytesIO()
    # matplotlib writes its version otherwise
    figure.savefig(buffer, format="png", dpi=90, metadata={"Software": None})
    return buffer.getvalue()
