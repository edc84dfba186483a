"""One small graph for each operator and each of its ways, for the tests of every writer."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
    Affine,
    Argmax,
    Concat,
    Fold,
    Graph,
    Pad,
    Padding,
    Pair,
    Pool,
    Resize,
)
from tests.graphs import Builder, single


def operator_graphs() -> dict[str, Graph]:
    """One small graph for each operator and each of its ways; their output is called `logits`."""
    return {**_convolutions(), **_resizes(), **_pools(), **_others()}


def _convolutions() -> dict[str, Graph]:
    def conv(out: int, kernel: int | Pair, *, channels: int = 3, **options: object) -> Graph:
        b = Builder(channels, seed=out)
        return b.graph(b.conv("logits", "image", out, kernel, **options))  # type: ignore[arg-type]

    return {
        "conv 1x1": conv(5, 1),
        "conv 3x3 without padding, stride 2": conv(8, 3, stride=2, activation="relu"),
        "conv 3x3 padding 1, stride 2, relu": conv(8, 3, stride=2, padding=1, activation="relu"),
        "conv 3x3 same, stride 2": conv(8, 3, stride=2, padding="same"),
        "conv 4x4 same, stride (3, 2)": conv(8, 4, stride=(3, 2), padding="same"),
        "conv 3x5 dilation (2, 1), uneven padding": conv(
            4, (3, 5), dilation=(2, 1), padding=Padding(2, 1, 0, 3)
        ),
        "conv 3x3 relu6": conv(6, 3, padding=1, activation="relu6"),
        "conv depthwise, padding 1": conv(7, 3, channels=7, groups=7, padding=1, activation="relu"),
        "conv depthwise, stride 2": conv(7, 3, channels=7, groups=7, padding=1, stride=2),
        "conv depthwise, dilation 4": conv(7, 3, channels=7, groups=7, padding=4, dilation=4),
        "conv depthwise, same, relu6": conv(
            7, 3, channels=7, groups=7, padding="same", stride=2, activation="relu6"
        ),
    }


def _resizes() -> dict[str, Graph]:
    graphs: dict[str, Graph] = {}
    for align_corners in (True, False):
        rule = "align_corners" if align_corners else "half pixel"
        for factor in (2, 4, 8):
            graphs[f"resize {rule} by {factor}"] = single(Resize(align_corners, factor), 3)
        for stride, padding in ((2, 0), (4, 1), (8, 1)):
            b = Builder(seed=stride)
            small = b.conv("small", "image", 4, 3, stride=stride, padding=padding)
            b.add("logits", Resize(align_corners), small, "image")
            graphs[f"resize {rule} from 1/{stride} to the input's size"] = b.graph("logits")
        for bins in ((1, 1), (1, 5), (6, 6), (3, 2)):
            b = Builder(4, seed=sum(bins))
            b.add("small", Pool(bins), "image")
            b.add("logits", Resize(align_corners), "small", "image")
            graphs[f"resize {rule} from {bins[0]}x{bins[1]}"] = b.graph("logits")
        for bins in ((1, 1), (7, 1), (5, 9)):
            b = Builder(4, seed=sum(bins))
            b.add("small", Pool(bins), "image")
            b.add("logits", Resize(align_corners), "image", "small")
            graphs[f"resize {rule} down to {bins[0]}x{bins[1]}"] = b.graph("logits")
    return graphs


def _pools() -> dict[str, Graph]:
    graphs = {}
    kinds: tuple[Literal["average", "max"], ...] = ("average", "max")
    for kind in kinds:
        for bins in ((1, 1), (2, 2), (3, 3), (6, 6), (1, 4), (5, 1)):
            graphs[f"pool {kind} {bins[0]}x{bins[1]}"] = single(Pool(bins, kind), 5)
    return graphs


def _others() -> dict[str, Graph]:
    rng = np.random.default_rng(11)
    scale, shift = rng.uniform(0.01, 2.0, 3).astype(np.float32), rng.normal(0, 2.0, 3).astype(np.float32)
    graphs = {
        "affine": single(Affine(scale, shift), 3),
        "activation relu": single(Activation("relu"), 3),
        "activation relu6": single(Activation("relu6"), 3),
        "pad": single(Pad(Padding(1, 2, 3, 0)), 3),
        "argmax": single(Argmax(), 9),
    }
    activations: tuple[ActivationKind, ...] = ("none", "relu", "relu6")
    for activation in activations:
        b = Builder(seed=5)
        left = b.conv("left", "image", 6, 3, padding=1)
        right = b.conv("right", "image", 6)
        b.add("logits", Add(activation), left, right)
        graphs[f"add {activation}"] = b.graph("logits")
    b = Builder(5, seed=7)
    b.add("logits", Fold(2), b.add("even", Pool((5, 6)), "image"), channels=10)
    graphs["fold by 2"] = b.graph("logits")
    b = Builder(seed=6)
    wide = b.conv("wide", "image", 6)
    narrow = b.conv("narrow", "image", 2, 3, padding=1)
    b.add("logits", Concat(), wide, narrow, "image", channels=11)
    graphs["concat"] = b.graph("logits")
    return graphs
