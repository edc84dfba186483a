"""A float Graph as a torch module, so that torch can observe and train it; and back.

Batches are NCHW; channels_last in memory is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
    Array,
    Concat,
    Conv,
    Fold,
    Graph,
    Input,
    Node,
    Pad,
    Padding,
    Pair,
    Pool,
    Resize,
)
from fastscnn.graph.shapes import padding_of

ACTIVATIONS: dict[ActivationKind, type[nn.Module]] = {"relu": nn.ReLU, "relu6": nn.ReLU6}


class TorchGraph(nn.Module):
    """Computes what the Graph computes. Every node but the input is one of `layers`."""

    def __init__(self, graph: Graph) -> None:
        """Requires a float Graph that ends before its argmax."""
        super().__init__()
        self.graph = graph
        self.names = legal_names(graph)
        """What each node's layer is called: torch's names hold no dots."""
        self.layers = nn.ModuleDict(
            {self.names[node.name]: _layer(node) for node in graph if not isinstance(node.operator, Input)}
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.walk(x, lambda node, result: result)

    def walk(self, x: Tensor, after: Callable[[Node, Tensor], Tensor]) -> Tensor:
        """The output, where each layer's result goes through `after` before others read it."""
        last_reader = {name: node.name for node in self.graph for name in node.inputs}
        tensors = {self.graph.input.name: x}
        for node in self.graph.nodes[1:]:
            tensors[node.name] = after(node, self.layer(node.name)(*(tensors[name] for name in node.inputs)))
            for name in node.inputs:
                if last_reader[name] == node.name and name != self.graph.output:
                    tensors.pop(name, None)
        return tensors[self.graph.output]

    def layer(self, name: str) -> nn.Module:
        """What computes a node."""
        return self.layers[self.names[name]]

    def convolution(self, name: str) -> nn.Conv2d:
        """What holds a convolution's weight and bias."""
        conv = self.layer(name).get_submodule("conv")
        assert isinstance(conv, nn.Conv2d)
        return conv


def legal_names(graph: Graph) -> dict[str, str]:
    """For each node a name of its own without dots."""
    legal: dict[str, str] = {}
    taken = set(dir(nn.ModuleDict()))
    for node in graph:
        name = node.name.replace(".", "_")
        while name in taken:
            name += "_"
        taken.add(name)
        legal[node.name] = name
    return legal


def with_parameters(graph: Graph, parameters: Mapping[str, tuple[Array, Array]]) -> Graph:
    """The Graph with other weights and biases in the convolutions that are named."""
    nodes = []
    for node in graph:
        if node.name in parameters:
            assert isinstance(node.operator, Conv)
            weight, bias = parameters[node.name]
            node = replace(node, operator=replace(node.operator, weight=weight, bias=bias))
        nodes.append(node)
    return Graph(tuple(nodes), graph.output)


def batched(maps: Sequence[Array]) -> Tensor:
    """Height x width x channels arrays as one batch, channels innermost in memory."""
    return torch.from_numpy(np.stack(maps)).to(torch.float32).permute(0, 3, 1, 2)


class Sum(nn.Module):
    """Two maps, and what follows their sum."""

    def __init__(self, activation: ActivationKind) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]() if activation != "none" else nn.Identity()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        total: Tensor = self.activation(x + y)
        return total


class Joined(nn.Module):
    """Maps one after the other along the channels."""

    def forward(self, *maps: Tensor) -> Tensor:
        return torch.cat(maps, dim=1)


class Resized(nn.Module):
    """Bilinear, by a factor or to another map's size."""

    def __init__(self, resize: Resize) -> None:
        super().__init__()
        self.align_corners = resize.align_corners
        self.factor = resize.factor or 1

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        rows, columns = like.shape[-2:] if like is not None else (n * self.factor for n in x.shape[-2:])
        return functional.interpolate(
            x, size=(rows, columns), mode="bilinear", align_corners=self.align_corners
        )


class Surround(nn.Module):
    """Rows and columns around a map that hold one number a channel."""

    def __init__(self, padding: Padding | Conv) -> None:
        """A fixed padding of zeros, or what a convolution pads with."""
        super().__init__()
        self.padding = padding
        border = padding.border if isinstance(padding, Conv) else None
        self.border = torch.from_numpy(border.astype(np.float32)) if border is not None else None

    def forward(self, x: Tensor) -> Tensor:
        padding = self.padding
        if isinstance(padding, Conv):
            padding = padding_of(padding, (x.shape[-2], x.shape[-1]))
        amounts = (padding.left, padding.right, padding.top, padding.bottom)
        if self.border is None:
            return functional.pad(x, amounts)
        border = self.border.to(x)[:, None, None]
        return functional.pad(x - border, amounts) + border


class Folded(nn.Module):
    """Neighbouring columns as one."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x[..., column :: self.columns] for column in range(self.columns)], dim=1)


LEAVES = (Folded, Joined, Resized, Sum, Surround)
"""Modules that torch.fx leaves whole."""


def _layer(node: Node) -> nn.Module:
    match node.operator:
        case Conv() as conv:
            return _convolution(conv)
        case Add(activation=kind):
            return Sum(kind)
        case Concat():
            return Joined()
        case Resize() as resize:
            return Resized(resize)
        case Pool(bins=bins, kind="average"):
            return nn.AdaptiveAvgPool2d(bins)
        case Pool(bins=bins):
            return nn.AdaptiveMaxPool2d(bins)
        case Activation(kind=kind):
            return ACTIVATIONS[kind]()
        case Pad(padding=padding):
            return Surround(padding)
        case Fold(columns=columns):
            return Folded(columns)
    raise ValueError(f"{node.name} ({type(node.operator).__name__}) has no torch module")


def _convolution(conv: Conv) -> nn.Sequential:
    """`surround` where torch's own padding does not do, `conv`, `activation`."""
    layers = nn.Sequential()
    symmetric = _symmetric(conv)
    if symmetric is None:
        layers.add_module("surround", Surround(conv))
    out, depth = conv.weight.shape[:2]
    module = nn.Conv2d(
        depth * conv.groups,
        out,
        conv.kernel,
        stride=conv.stride,
        padding=symmetric or 0,
        dilation=conv.dilation,
        groups=conv.groups,
        device="meta",
    )
    module.weight = nn.Parameter(torch.from_numpy(conv.weight.astype(np.float32)))
    module.bias = nn.Parameter(torch.from_numpy(conv.bias.astype(np.float32)))
    layers.add_module("conv", module)
    if conv.activation != "none":
        layers.add_module("activation", ACTIVATIONS[conv.activation]())
    return layers


def _symmetric(conv: Conv) -> Pair | None:
    """The padding in torch's words: zeros, as many before as after."""
    pad = conv.padding
    if isinstance(pad, str) or pad.top != pad.bottom or pad.left != pad.right:
        return None
    return (pad.top, pad.left) if conv.border is None or not pad else None
