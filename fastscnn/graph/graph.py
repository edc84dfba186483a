"""The Graph: what a network computes, without sizes and without a format's habits.

Tensors are height x width x channels, batch is 1. A node has one output, named as the node is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np

Array = np.ndarray
ActivationKind = Literal["none", "relu", "relu6"]
Pair = tuple[int, int]
LEAST, MOST = -128, 127
"""Of the int8 numbers of an activation; weights stop at -127."""


@dataclass(frozen=True)
class Padding:
    """Rows and columns of zeros around a map."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @classmethod
    def all(cls, amount: int) -> Padding:
        return cls(amount, amount, amount, amount)

    def __bool__(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)


@dataclass(frozen=True)
class Quant:
    """What a tensor's int8 numbers stand for: (number - zero_point) * scale."""

    scale: float
    """Exactly a float32."""
    zero_point: int

    def __post_init__(self) -> None:
        if float(np.float32(self.scale)) != self.scale or not 0 < self.scale < float("inf"):
            raise ValueError(f"{self.scale!r} is no float32 scale")
        if not LEAST <= self.zero_point <= MOST:
            raise ValueError(f"{self.zero_point} is no int8 zero point")


@dataclass(frozen=True, eq=False)
class Operator:
    """What a node does. One subclass an operator; arrays are constants of the network."""


@dataclass(frozen=True, eq=False)
class Input(Operator):
    """The picture: float32, height x width x `channels`; where it is quantized, int8."""

    channels: int


@dataclass(frozen=True, eq=False)
class Conv(Operator):
    """Convolution (cross-correlation) with a bias and a fused activation.

    `weight` is (out, in / groups, kernel height, kernel width), float32, or float16 in a graph
    whose weights are stored in half. `bias` is float32 (or float16), (out,).
    A quantized convolution has int8 weights -127..127 with a scale an output channel, and an int32 bias
    whose scale is the input's times the weight's. One that only stores its weights so (its input is
    float) has a float32 bias.
    """

    weight: Array
    bias: Array
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding | Literal["same"] = Padding()
    """"same" is TensorFlow's rule: as many zeros as ceil(size / stride) needs, the odd one after."""
    groups: int = 1
    activation: ActivationKind = "none"
    scales: Array | None = None
    """Of an int8 weight: float32, (out,)."""
    border: Array | None = None
    """What the padding holds, one number an input channel, in the input's type; None: the input's zero."""

    @property
    def kernel(self) -> Pair:
        return (self.weight.shape[2], self.weight.shape[3])

    @property
    def out_channels(self) -> int:
        return int(self.weight.shape[0])

    @property
    def depthwise(self) -> bool:
        """Every channel by itself, one output channel each."""
        return self.groups == self.weight.shape[0] > 1 and self.weight.shape[1] == 1


@dataclass(frozen=True, eq=False)
class Add(Operator):
    """Sum of two maps of the same shape."""

    activation: ActivationKind = "none"


@dataclass(frozen=True, eq=False)
class Concat(Operator):
    """Maps of the same height and width, one after the other along the channels."""


@dataclass(frozen=True, eq=False)
class Resize(Operator):
    """Bilinear, by `factor`, or to the size of the second input (whose values do not matter).

    Without align_corners pixel centres are at halves (torch's and half_pixel's rule).
    """

    align_corners: bool
    factor: int | None = None


@dataclass(frozen=True, eq=False)
class Pool(Operator):
    """Average or maximum over adaptive bins: bin i of b covers floor(i n / b) .. ceil((i+1) n / b)."""

    bins: Pair
    kind: Literal["average", "max"] = "average"


@dataclass(frozen=True, eq=False)
class Affine(Operator):
    """x * scale + shift, one number a channel each, float32."""

    scale: Array
    shift: Array


@dataclass(frozen=True, eq=False)
class Activation(Operator):
    """An activation that could not be fused into the operator before it."""

    kind: ActivationKind


@dataclass(frozen=True, eq=False)
class Pad(Operator):
    """Zeros around the map."""

    padding: Padding


@dataclass(frozen=True, eq=False)
class Fold(Operator):
    """So many neighbouring columns as one, their channels one after the other: the same memory."""

    columns: int


@dataclass(frozen=True, eq=False)
class Argmax(Operator):
    """The channel with the greatest value (the first of equals): int32, height x width x 1."""


@dataclass(frozen=True, eq=False)
class Quantize(Operator):
    """Float numbers to the int8 ones that the node's `quant` says, ties to even, clamped."""


@dataclass(frozen=True, eq=False)
class Dequantize(Operator):
    """Int8 numbers to the float32 ones that they stand for."""


OPERATORS: dict[str, type[Operator]] = {
    "input": Input,
    "conv": Conv,
    "add": Add,
    "concat": Concat,
    "resize": Resize,
    "pool": Pool,
    "affine": Affine,
    "activation": Activation,
    "pad": Pad,
    "fold": Fold,
    "argmax": Argmax,
    "quantize": Quantize,
    "dequantize": Dequantize,
}
"""Operators by the name that files and reports use."""

NAMES: dict[type[Operator], str] = {kind: name for name, kind in OPERATORS.items()}

KEEPING = (Activation, Concat, Fold, Pad, Pool, Resize)
"""Operators whose int8 result has the quantization of what they take."""


@dataclass(frozen=True, eq=False)
class Node:
    """One operator, the tensors it takes, and the name of the tensor it gives.

    With a `quant` that tensor is int8, and so are those it takes (but for `quantize`); without, they are
    float (but for `dequantize` and `argmax`). Operators in KEEPING keep their inputs' quant.
    """

    name: str
    operator: Operator
    inputs: tuple[str, ...] = ()
    quant: Quant | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The inputs whose values it reads: a resize takes only the size of its second."""
        return self.inputs[:1] if isinstance(self.operator, Resize) else self.inputs


AnyOperator = TypeVar("AnyOperator", bound=Operator)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which they can be computed; the first is the input."""

    nodes: tuple[Node, ...]
    output: str
    by_name: Mapping[str, Node] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        seen: dict[str, Node] = {}
        for node in self.nodes:
            if node.name in seen:
                raise ValueError(f"two nodes are called {node.name!r}")
            for name in node.inputs:
                if name not in seen:
                    raise ValueError(f"{node.name!r} takes {name!r}, which no node before it gives")
            seen[node.name] = node
        if not self.nodes or not isinstance(self.nodes[0].operator, Input):
            raise ValueError("the first node must be the input")
        if self.output not in seen:
            raise ValueError(f"no node gives the output {self.output!r}")
        object.__setattr__(self, "by_name", seen)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __getitem__(self, name: str) -> Node:
        return self.by_name[name]

    @property
    def input(self) -> Node:
        return self.nodes[0]

    @property
    def half(self) -> bool:
        """Whether weights are stored in float16."""
        return any(
            isinstance(node.operator, Conv) and node.operator.weight.dtype == np.float16 for node in self
        )

    @property
    def quantized(self) -> bool:
        """Whether any of its tensors is int8."""
        return any(node.quant is not None for node in self)

    def computes_in_float(self, node: Node) -> bool:
        """Whether a node does float arithmetic: not the borders between float and int8, not labels."""
        return node.quant is None and not isinstance(node.operator, (Input, Dequantize, Argmax))

    def consumers(self, name: str) -> tuple[Node, ...]:
        return tuple(node for node in self if name in node.inputs)

    def of(self, kind: type[AnyOperator]) -> Iterator[tuple[Node, AnyOperator]]:
        """Nodes of one operator, with the operator."""
        for node in self:
            if isinstance(node.operator, kind):
                yield node, node.operator

    def renamed(self, old: str, new: str) -> Graph:
        """The graph with one node, and so its tensor, called otherwise."""
        nodes = tuple(
            replace(
                node,
                name=new if node.name == old else node.name,
                inputs=tuple(new if name == old else name for name in node.inputs),
            )
            for node in self
        )
        return Graph(nodes, new if self.output == old else self.output)
