"""Graphs built by hand for tests: a builder, and a whole Fast-SCNN with random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from fastscnn.graph.graph import (
    ActivationKind,
    Add,
    Affine,
    Argmax,
    Array,
    Concat,
    Conv,
    Graph,
    Input,
    Node,
    Operator,
    Padding,
    Pair,
    Pool,
    Resize,
)
from fastscnn.info import ModelInfo

ODD = (97, 131)
"""A size that nothing divides."""

PaddingKind = int | Padding | Literal["same"]


def picture(size: Pair, channels: int = 3, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Array:
    """A smooth random map, height x width x channels: values between low and high, neighbours alike."""
    rng = np.random.default_rng(seed)
    rows, columns = (np.linspace(0, 1, n)[:, None] for n in size)
    waves = np.zeros((*size, channels))
    for frequency in (1, 3, 7, 23):
        phase = rng.uniform(0, 2 * np.pi, (2, channels))
        waves += np.sin(2 * np.pi * frequency * rows + phase[0])[:, None, :]
        waves += np.sin(2 * np.pi * frequency * columns + phase[1])[None, :, :]
    waves += rng.normal(0, 0.5, waves.shape)
    least, most = waves.min(), waves.max()
    scaled: Array = (low + (waves - least) * (high - low) / (most - least)).astype(np.float32)
    return scaled


def info_of(classes: int, *, align_corners: bool = True) -> ModelInfo:
    """A ModelInfo for a graph built here."""
    return ModelInfo(
        layout="test",
        classes=tuple(f"class {i}" for i in range(classes)),
        colors=tuple((i % 256, 7 * i % 256, 31 * i % 256) for i in range(classes)),
        align_corners=align_corners,
        trained=False,
        notes={"weights": "random"},
    )


def single(operator: Operator, channels: int) -> Graph:
    """input -> operator."""
    return Graph((Node("image", Input(channels)), Node("logits", operator, ("image",))), "logits")


def halved(graph: Graph) -> Graph:
    """The same graph with its convolutions' weights and biases stored in float16."""
    return Graph(
        tuple(
            replace(
                node,
                operator=replace(
                    node.operator,
                    weight=node.operator.weight.astype(np.float16),
                    bias=node.operator.bias.astype(np.float16),
                ),
            )
            if isinstance(node.operator, Conv)
            else node
            for node in graph
        ),
        graph.output,
    )


def with_labels(graph: Graph) -> Graph:
    """The graph ended by an argmax called `labels`."""
    return Graph((*graph.nodes, Node("labels", Argmax(), (graph.output,))), "labels")


@dataclass
class Builder:
    """Appends nodes one after the other; every method gives the new node's name."""

    channels: int = 3
    input_name: str = "image"
    seed: int = 0
    nodes: list[Node] = field(default_factory=list)
    rng: np.random.Generator = field(init=False)
    depth: dict[str, int] = field(default_factory=dict)
    """Channels of each tensor."""

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.nodes.append(Node(self.input_name, Input(self.channels)))
        self.depth[self.input_name] = self.channels

    def add(self, name: str, operator: Operator, *inputs: str, channels: int | None = None) -> str:
        self.nodes.append(Node(name, operator, inputs))
        self.depth[name] = self.depth[inputs[0]] if channels is None else channels
        return name

    def conv(
        self,
        name: str,
        source: str,
        out: int,
        kernel: int | Pair = 1,
        *,
        stride: int | Pair = 1,
        dilation: int | Pair = 1,
        padding: PaddingKind = 0,
        groups: int = 1,
        activation: ActivationKind = "none",
    ) -> str:
        """He-initialised, so that values neither die out nor explode through the network."""
        height, width = _pair(kernel)
        fan_in = self.depth[source] // groups * height * width
        gain = 1.0 if activation == "none" else 2.0
        operator = Conv(
            weight=self.rng.normal(
                0, np.sqrt(gain / fan_in), (out, self.depth[source] // groups, height, width)
            ).astype(np.float32),
            bias=self.rng.normal(0, 0.1, out).astype(np.float32),
            stride=_pair(stride),
            dilation=_pair(dilation),
            padding=Padding.all(padding) if isinstance(padding, int) else padding,
            groups=groups,
            activation=activation,
        )
        return self.add(name, operator, source, channels=out)

    def separable(self, name: str, source: str, out: int, *, stride: int = 1, between: bool = True) -> str:
        """Depthwise 3x3, then pointwise."""
        depth = self.depth[source]
        middle = self.conv(
            f"{name}.depthwise",
            source,
            depth,
            3,
            stride=stride,
            padding=1,
            groups=depth,
            activation="relu" if between else "none",
        )
        return self.conv(f"{name}.pointwise", middle, out, activation="relu")

    def bottleneck(
        self, name: str, source: str, out: int, *, stride: int = 1, activation: ActivationKind = "relu"
    ) -> str:
        """Inverted residual: expand 6x, depthwise 3x3, project, and a shortcut where shapes allow."""
        wide = 6 * self.depth[source]
        x = self.conv(f"{name}.expand", source, wide, activation=activation)
        x = self.conv(
            f"{name}.depthwise", x, wide, 3, stride=stride, padding=1, groups=wide, activation=activation
        )
        x = self.conv(f"{name}.project", x, out)
        if stride != 1 or self.depth[source] != out:
            return x
        return self.add(f"{name}.shortcut", Add(), source, x)

    def graph(self, output: str) -> Graph:
        return Graph(tuple(self.nodes), output)


def fast_scnn(
    classes: int = 19,
    align_corners: bool = True,
    first_padding: PaddingKind = 0,
    *,
    input_name: str = "image",
    affine: bool = False,
    relu_between: bool = True,
    bottleneck_activation: ActivationKind = "relu",
    bins: Sequence[int] = (1, 2, 3, 6),
    pool: Literal["average", "max"] = "average",
    source_first: bool = True,
    fusion_dilation: int = 1,
    stride: Literal[1, 8] = 1,
    seed: int = 0,
) -> Graph:
    """A Fast-SCNN of the published shape; batch norms are folded, as lowering leaves it.

    `affine` starts it with the normalisation of pixels 0..255; `stride` 8 leaves out the last resize.
    """
    b = Builder(input_name=input_name, seed=seed)
    x = input_name
    if affine:
        mean = np.array([123.675, 116.28, 103.53], np.float32)
        std = np.array([58.395, 57.12, 57.375], np.float32)
        x = b.add("normalise", Affine(scale=1 / std, shift=-mean / std), x)
    x = b.conv("downsample.conv", x, 32, 3, stride=2, padding=first_padding, activation="relu")
    x = b.separable("downsample.dsconv1", x, 48, stride=2, between=relu_between)
    skip = x = b.separable("downsample.dsconv2", x, 64, stride=2, between=relu_between)

    for stage, (out, first_stride) in enumerate(((64, 2), (96, 2), (128, 1)), start=1):
        for index in range(3):
            x = b.bottleneck(
                f"features.stage{stage}.{index}",
                x,
                out,
                stride=first_stride if index == 0 else 1,
                activation=bottleneck_activation,
            )

    branches = []
    for n in bins:
        y = b.add(f"pyramid.pool{n}", Pool((n, n), pool), x)
        y = b.conv(f"pyramid.conv{n}", y, 32, activation="relu")
        branches.append(b.add(f"pyramid.resize{n}", Resize(align_corners), y, x))
    parts = (x, *branches) if source_first else (*branches, x)
    x = b.add("pyramid.concat", Concat(), *parts, channels=128 + 32 * len(branches))
    x = b.conv("pyramid.out", x, 128, activation="relu")

    x = b.add("fusion.resize", Resize(align_corners), x, skip)
    x = b.conv(
        "fusion.depthwise",
        x,
        128,
        3,
        padding=fusion_dilation,
        dilation=fusion_dilation,
        groups=128,
        activation="relu",
    )
    low = b.conv("fusion.low", x, 128)
    high = b.conv("fusion.high", skip, 128)
    x = b.add("fusion.add", Add("relu"), low, high)

    x = b.separable("classifier.dsconv1", x, 128, between=relu_between)
    x = b.separable("classifier.dsconv2", x, 128, between=relu_between)
    if stride == 8:
        return b.graph(b.conv("logits", x, classes))
    x = b.conv("classifier.conv", x, classes)
    return b.graph(b.add("logits", Resize(align_corners), x, input_name))


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else value
