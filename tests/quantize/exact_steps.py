"""Where a quantized node's value lies before it is rounded, and how far float32 may be from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from fastscnn.graph.graph import Add, Array, Conv, Graph, Node, Pool, Quantize, Resize
from fastscnn.graph.shapes import padding_of
from tests.quantize.torch_reference import ROUNDING, hwc, nchw


def steps(graph: Graph, node: Node, sources: Sequence[Array]) -> tuple[Array, Array]:
    """Steps from zero in float64, and the greatest error that float32 arithmetic can make on the way there.

    The error counts roundings (u = 2**-24 each): n of them on terms that sum to m in magnitude make n u m.
    """
    assert node.quant is not None
    quants = [graph[name].quant for name in node.inputs]
    whole = [
        source.astype(np.float64) - quant.zero_point if quant is not None else source.astype(np.float64)
        for source, quant in zip(sources, quants, strict=True)
    ]
    match node.operator:
        case Conv() as conv:
            assert conv.scales is not None
            assert quants[0] is not None
            factor = conv.scales.astype(np.float64) * quants[0].scale / node.quant.scale
            size = sources[0].shape
            padding = padding_of(conv, (size[0], size[1]))
            sides = (padding.left, padding.right, padding.top, padding.bottom)
            border = 0.0 if conv.border is None else conv.border.astype(np.float64) - quants[0].zero_point
            x = F.pad(nchw(whole[0] - border), sides) + nchw(np.broadcast_to(border, (1, 1, size[2])))
            weight = torch.from_numpy(conv.weight.astype(np.float64))
            bias = torch.from_numpy(conv.bias.astype(np.float64))
            options = (conv.stride, 0, conv.dilation, conv.groups)
            sums = hwc(F.conv2d(x, weight, bias, *options))
            magnitude = hwc(F.conv2d(x.abs(), weight.abs(), bias.abs(), *options))
            terms = int(np.prod(conv.weight.shape[1:]))
            return sums * factor, (terms + 8) * ROUNDING * magnitude * factor
        case Add():
            assert quants[0] is not None
            assert quants[1] is not None
            left, right = (
                x * quant.scale / node.quant.scale
                for x, quant in zip(whole, (quants[0], quants[1]), strict=True)
            )
            return left + right, 6 * ROUNDING * (np.abs(left) + np.abs(right))
        case Resize(align_corners=align_corners, factor=factor):
            rows = whole[1].shape[:2] if factor is None else [n * factor for n in whole[0].shape[:2]]
            x = nchw(whole[0])
            wide = hwc(F.interpolate(x, list(rows), mode="bilinear", align_corners=align_corners))
            # a position is wrong by two roundings of itself, and a weight by as much
            reach = np.abs(whole[0]).max() * (2 * max(whole[0].shape[:2]) + 8)
            return wide, np.full_like(wide, 2 * ROUNDING * reach)
        case Pool(bins=bins, kind="average"):
            mean = hwc(F.adaptive_avg_pool2d(nchw(whole[0]), bins))
            area = (whole[0].shape[0] // bins[0] + 2) * (whole[0].shape[1] // bins[1] + 2)
            return mean, (area + 4) * ROUNDING * hwc(F.adaptive_avg_pool2d(nchw(np.abs(whole[0])), bins))
        case Quantize():
            value = whole[0] / node.quant.scale
            return value, 2 * ROUNDING * np.abs(value)
    raise TypeError(f"{node.name} only moves numbers")


def from_a_tie(value: Array) -> Array:
    """How far a number of steps is from the nearest half."""
    return np.abs(np.abs(value - np.floor(value)) - 0.5)
