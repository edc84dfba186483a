"""Sizes: what each tensor measures when the input has one height and width, and which sizes work."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from fastscnn.errors import SizeError
from fastscnn.graph.graph import (
    Activation,
    Add,
    Affine,
    Argmax,
    Concat,
    Conv,
    Dequantize,
    Fold,
    Graph,
    Input,
    Node,
    Pad,
    Padding,
    Pair,
    Pool,
    Quantize,
    Resize,
)

Shape = tuple[int, int, int]
"""Height, width, channels."""

SMALLEST = 32
"""Below it the coarsest map (1/32) has less than one cell of its own."""
LARGEST_TENSOR = 2**31 - 1
"""Bytes: what every runtime's 32-bit sizes can hold."""


def resolve(graph: Graph, size: Pair) -> dict[str, Shape]:
    """The shape of every tensor of the graph for an input of this height and width."""
    height, width = size
    if min(height, width) < SMALLEST:
        raised = (max(height, SMALLEST), max(width, SMALLEST))
        raise SizeError(
            f"The network cannot take {height}x{width}: a side is shorter than {SMALLEST},"
            " one cell of its coarsest map.",
            _remedy("", raised if _fits(_shapes(graph, raised)) else _largest(graph, raised)),
        )
    shapes = _shapes(graph, size)
    if not _fits(shapes):
        largest = max(shapes, key=lambda name: prod(shapes[name]))
        raise SizeError(
            f"The network cannot be written for {height}x{width}: the tensor {largest} would need"
            f" more than 2 GiB ({'x'.join(map(str, shapes[largest]))}).",
            _remedy(" of about this aspect ratio", _largest(graph, size)),
        )
    return shapes


def _remedy(which: str, size: Pair | None) -> str:
    if size is None:
        return "No size works: give another network."
    return f"The nearest size{which} that works is {size[0]}x{size[1]}."


def padding_of(conv: Conv, size: Pair) -> Padding:
    """The explicit padding of a convolution on a map of this size."""
    if isinstance(conv.padding, Padding):
        return conv.padding
    before_after = []
    for n, kernel, stride, dilation in zip(size, conv.kernel, conv.stride, conv.dilation, strict=True):
        total = max((-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
        before_after.append((total // 2, total - total // 2))
    (top, bottom), (left, right) = before_after
    return Padding(top, bottom, left, right)


def windows(length: int, bins: int) -> list[tuple[int, int]]:
    """First and end cell of each adaptive bin."""
    return [(i * length // bins, -(-(i + 1) * length // bins)) for i in range(bins)]


def _shapes(graph: Graph, size: Pair) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for node in graph:
        try:
            shapes[node.name] = _shape(node, shapes, size)
        except ValueError as error:
            raise SizeError(
                f"The network cannot take {size[0]}x{size[1]}: {error}.",
                "Give another size; where none works, the network is damaged.",
            ) from None
    return shapes


def _shape(node: Node, shapes: Mapping[str, Shape], size: Pair) -> Shape:
    sources = [shapes[name] for name in node.inputs]
    match node.operator:
        case Input(channels=channels):
            return (size[0], size[1], channels)
        case Conv() as conv:
            return _convolved(node, conv, sources[0])
        case Add():
            if sources[0] != sources[1]:
                raise ValueError(f"{node.name} adds {sources[0]} and {sources[1]}")
            return sources[0]
        case Concat():
            if len({source[:2] for source in sources}) != 1:
                raise ValueError(f"{node.name} concatenates maps of different sizes: {sources}")
            return (sources[0][0], sources[0][1], sum(source[2] for source in sources))
        case Resize(factor=factor):
            height, width, channels = sources[0]
            if factor is not None:
                return (height * factor, width * factor, channels)
            return (sources[1][0], sources[1][1], channels)
        case Pool(bins=bins):
            return (bins[0], bins[1], sources[0][2])
        case Affine() | Activation() | Quantize() | Dequantize():
            return sources[0]
        case Pad(padding=pad):
            height, width, channels = sources[0]
            return (height + pad.top + pad.bottom, width + pad.left + pad.right, channels)
        case Fold(columns=columns):
            height, width, channels = sources[0]
            if width % columns:
                raise ValueError(f"{node.name} folds {width} columns by {columns}")
            return (height, width // columns, channels * columns)
        case Argmax():
            return (sources[0][0], sources[0][1], 1)
    raise TypeError(f"no shape rule for {type(node.operator).__name__}")


def _convolved(node: Node, conv: Conv, source: Shape) -> Shape:
    height, width, channels = source
    if channels != conv.weight.shape[1] * conv.groups:
        raise ValueError(f"{node.name} takes {conv.weight.shape[1] * conv.groups} channels, not {channels}")
    pad = padding_of(conv, (height, width))
    padded = (height + pad.top + pad.bottom, width + pad.left + pad.right)
    rows, columns = (
        (n - dilation * (kernel - 1) - 1) // stride + 1
        for n, kernel, stride, dilation in zip(padded, conv.kernel, conv.stride, conv.dilation, strict=True)
    )
    if min(rows, columns) < 1:
        raise SizeError(f"{node.name} has nothing left to work on: its input is {height}x{width}.")
    return (rows, columns, conv.out_channels)


def _fits(shapes: Mapping[str, Shape]) -> bool:
    return 4 * max(map(prod, shapes.values())) <= LARGEST_TENSOR


def _largest(graph: Graph, size: Pair) -> Pair | None:
    """The greatest multiple of 32 of about this shape that fits; None where not even the least does."""
    scale = 1.0
    while True:
        scale *= 0.95
        height, width = (max(SMALLEST, int(n * scale) // 32 * 32) for n in size)
        if _fits(_shapes(graph, (height, width))):
            return height, width
        if max(height, width) == SMALLEST:
            return None
