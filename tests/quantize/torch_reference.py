"""torch's own meaning of a quantized node, its "reference" form: dequantize, the float operator, quantize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.ao.nn.quantized import reference
from torch.nn import functional as F

from fastscnn.graph.graph import (
    LEAST,
    Activation,
    ActivationKind,
    Add,
    Array,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Graph,
    Node,
    Pad,
    Pool,
    Quant,
    Quantize,
    Resize,
)
from fastscnn.graph.shapes import padding_of

ROUNDING = 2.0**-24
"""Of one float32 operation, relative."""


def step(graph: Graph, node: Node, sources: Sequence[Array]) -> Array:
    """What torch gives for a quantized node and these int8 inputs, int8 (a dequantize: float32)."""
    taken = [
        nchw(source) if quant is None else dequantized(source, quant)
        for source, quant in zip(sources, (graph[name].quant for name in node.inputs), strict=True)
    ]
    result = in_float(graph, node, taken)
    if node.quant is None:
        return hwc(result)
    zero_point = node.quant.zero_point - LEAST
    unsigned = torch.quantize_per_tensor(result, node.quant.scale, zero_point, torch.quint8).int_repr()
    return hwc(unsigned.to(torch.int16) + LEAST).astype(np.int8)


def dequantized(x: Array, quant: Quant) -> Tensor:
    """torch.ao observes quint8, which is 128 more."""
    unsigned = nchw(x.astype(np.int16) - LEAST).to(torch.uint8)
    return torch._make_per_tensor_quantized_tensor(
        unsigned, quant.scale, quant.zero_point - LEAST
    ).dequantize()


def in_float(graph: Graph, node: Node, taken: Sequence[Tensor]) -> Tensor:
    match node.operator:
        case Conv() as conv:
            quant = graph[node.inputs[0]].quant
            assert quant is not None
            return activated(module(conv, quant)(padded(conv, quant, taken[0])), conv.activation)
        case Add(activation=kind):
            return activated(taken[0] + taken[1], kind)
        case Concat():
            return torch.cat(list(taken), dim=1)
        case Resize(align_corners=align_corners, factor=factor):
            size = taken[1].shape[2:] if factor is None else [n * factor for n in taken[0].shape[2:]]
            return F.interpolate(taken[0], list(size), mode="bilinear", align_corners=align_corners)
        case Pool(bins=bins, kind="average"):
            return F.adaptive_avg_pool2d(taken[0], bins)
        case Pool(bins=bins):
            return F.adaptive_max_pool2d(taken[0], bins)
        case Activation(kind=kind):
            return activated(taken[0], kind)
        case Pad(padding=p):
            return F.pad(taken[0], (p.left, p.right, p.top, p.bottom))
        case Fold(columns=columns):
            batch, depth, rows, width = taken[0].shape
            split = taken[0].reshape(batch, depth, rows, width // columns, columns)
            return split.permute(0, 4, 1, 2, 3).reshape(batch, -1, rows, width // columns)
        case Quantize() | Dequantize():
            return taken[0]
    raise TypeError(f"no torch operator for {node.name}")


def module(conv: Conv, source: Quant) -> Any:
    """torch.ao's reference module, which quantizes and dequantizes its weight by itself."""
    assert conv.scales is not None
    scales, zeros = torch.from_numpy(conv.scales), torch.zeros(conv.out_channels, dtype=torch.int64)
    built = reference.Conv2d(
        conv.weight.shape[1] * conv.groups,
        conv.out_channels,
        conv.kernel,
        conv.stride,
        0,
        conv.dilation,
        conv.groups,
        weight_qparams={
            "qscheme": torch.per_channel_affine,
            "dtype": torch.qint8,
            "scale": scales,
            "zero_point": zeros,
            "axis": 0,
        },
    )
    numbers = torch.from_numpy(conv.weight)
    units = scales * torch.tensor(source.scale, dtype=torch.float32)
    with torch.no_grad():
        built.weight.copy_(numbers * scales[:, None, None, None])
        assert built.bias is not None
        built.bias.copy_(torch.from_numpy(conv.bias) * units)
    kept = torch.quantize_per_channel(built.weight.detach(), scales, zeros, 0, torch.qint8).int_repr()
    assert torch.equal(kept, numbers), "torch must hold the Graph's own integers"
    return built


def padded(conv: Conv, quant: Quant, x: Tensor) -> Tensor:
    padding = padding_of(conv, (x.shape[2], x.shape[3]))
    sides = (padding.left, padding.right, padding.top, padding.bottom)
    if conv.border is None:
        return F.pad(x, sides)
    border = dequantized(conv.border[None, None], quant)
    return F.pad(x - border, sides) + border


def activated(x: Tensor, kind: ActivationKind) -> Tensor:
    return {"none": lambda y: y, "relu": F.relu, "relu6": F.relu6}[kind](x)


def nchw(x: Array) -> Tensor:
    return torch.from_numpy(x.transpose(2, 0, 1)[None].copy())


def hwc(x: Tensor) -> Array:
    result: Array = x[0].permute(1, 2, 0).detach().numpy()
    return result
