"""A torch network becomes a Graph: traced by torch.fx, batch norm folded in float64.

The one file of this floor that sees torch.
A convolution that pads by TensorFlow's rule says so with an attribute `pads_same = True`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from fastscnn.graph.graph import (
    Activation,
    ActivationKind,
    Add,
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

DROPPED = (nn.Dropout, nn.Dropout2d, nn.Identity)
ACTIVATIONS: dict[type[nn.Module], ActivationKind] = {nn.ReLU: "relu", nn.ReLU6: "relu6"}
POOLS = {nn.AdaptiveAvgPool2d: "average", nn.AdaptiveMaxPool2d: "max"}


def lower(network: nn.Module, *, channels: int = 3, names: Mapping[str, str] | None = None) -> Graph:
    """Requires a network in eval mode that torch.fx can trace; ensures a Graph without batch norm or dropout.

    `names` gives the name that a module's node has, by the module's own path; others keep their path.
    """
    if network.training:
        raise ValueError("the network must be in eval mode: batch norm is folded with its running statistics")
    return _Lowering(network, channels, names or {}).graph()


class _Tracer(fx.Tracer):
    """Convolutions stay whole, also those that pad by a rule of their own."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d) or super().is_leaf_module(m, module_qualified_name)


class _Lowering:
    """Walks the traced network once; `sources` maps each fx node to the node that gives its value."""

    def __init__(self, network: nn.Module, channels: int, names: Mapping[str, str]) -> None:
        self.traced = fx.GraphModule(network, _Tracer().trace(network))
        self.modules = dict(self.traced.named_modules())
        self.names = names
        self.channels = channels
        self.nodes: dict[str, Node] = {}
        self.sources: dict[fx.Node, str] = {}
        self.functions: dict[Any, Callable[[fx.Node], None]] = {
            operator.add: self._add,
            torch.add: self._add,
            torch.cat: self._concat,
            nn.functional.interpolate: self._resize,
        }

    def graph(self) -> Graph:
        for node in self.traced.graph.nodes:
            if node.op == "placeholder":
                self._append(node, "input", Input(self.channels), ())
            elif node.op == "call_module":
                self._module(node, self.modules[str(node.target)])
            elif node.op == "call_function" and node.target in self.functions:
                self.functions[node.target](node)
            elif node.op == "output":
                return Graph(tuple(self.nodes.values()), self._source(node.args[0]))
            elif not _gives_a_size(node):
                raise ValueError(f"no lowering for {node.op} {node.target} ({node.name})")
        raise ValueError("the traced network has no output")

    def _append(self, node: fx.Node, name: str, operator: Operator, inputs: tuple[str, ...]) -> None:
        unique, count = name, 1
        while unique in self.nodes:
            count += 1
            unique = f"{name}_{count}"
        self.nodes[unique] = Node(unique, operator, inputs)
        self.sources[node] = unique

    def _source(self, argument: Any) -> str:
        return self.sources[argument]

    def _path(self, node: fx.Node) -> str:
        return self.names.get(str(node.target), str(node.target))

    def _module(self, node: fx.Node, module: nn.Module) -> None:
        source = self._source(node.args[0])
        if isinstance(module, DROPPED):
            self.sources[node] = source
        elif isinstance(module, nn.Conv2d):
            self._append(node, self._path(node), _conv(module), (source,))
        elif isinstance(module, nn.BatchNorm2d):
            self._batch_norm(node, module, source)
        elif type(module) in ACTIVATIONS:
            self._activation(node, ACTIVATIONS[type(module)], source)
        elif type(module) in POOLS:
            bins = _pair(module.output_size)  # type: ignore[arg-type]
            self._append(node, self._path(node), Pool(bins, POOLS[type(module)]), (source,))  # type: ignore[arg-type]
        else:
            raise ValueError(f"no lowering for module {node.target} ({type(module).__name__})")

    def _batch_norm(self, node: fx.Node, module: nn.BatchNorm2d, source: str) -> None:
        conv = self.nodes[source].operator
        if not isinstance(conv, Conv) or conv.activation != "none" or self._is_shared(node):
            raise ValueError(f"batch norm {node.target} does not follow a convolution of its own")
        self.nodes[source] = replace(self.nodes[source], operator=_folded(conv, module))
        self.sources[node] = source

    def _activation(self, node: fx.Node, kind: ActivationKind, source: str) -> None:
        before = self.nodes[source].operator
        if isinstance(before, (Conv, Add)) and before.activation == "none" and not self._is_shared(node):
            self.nodes[source] = replace(self.nodes[source], operator=replace(before, activation=kind))
            self.sources[node] = source
        else:
            self._append(node, self._path(node), Activation(kind), (source,))

    def _is_shared(self, node: fx.Node) -> bool:
        """Whether someone else also reads what this node reads, so that it cannot be fused away."""
        return len(node.all_input_nodes[0].users) > 1

    def _add(self, node: fx.Node) -> None:
        self._append(node, node.name, Add(), (self._source(node.args[0]), self._source(node.args[1])))

    def _concat(self, node: fx.Node) -> None:
        parts, axis = node.args[0], node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        if axis != 1:
            raise ValueError(f"{node.name} concatenates along axis {axis}, not along channels")
        self._append(node, node.name, Concat(), tuple(self._source(part) for part in parts))  # type: ignore[union-attr]

    def _resize(self, node: fx.Node) -> None:
        if node.kwargs.get("mode") != "bilinear":
            raise ValueError(f"{node.name} resizes by {node.kwargs.get('mode')}, not bilinearly")
        size = node.kwargs["size"]
        align = bool(node.kwargs.get("align_corners"))
        inputs = (self._source(node.args[0]), self._source(_measured(size)))
        self._append(node, node.name, Resize(align), inputs)


def _gives_a_size(node: fx.Node) -> bool:
    """x.shape and slices of it: the Graph holds no sizes, resizing reads the tensor itself."""
    return node.op == "call_function" and node.target in (getattr, operator.getitem)


def _measured(size: Any) -> fx.Node:
    """The tensor whose height and width `size` is: x for x.shape[-2:] or x.shape[2:]."""
    if isinstance(size, fx.Node) and size.target is operator.getitem:
        shape, part = size.args
        if isinstance(shape, fx.Node) and part in (slice(-2, None, None), slice(2, None, None)):
            tensor = shape.args[0]
            if isinstance(tensor, fx.Node):
                return tensor
    raise ValueError(f"a size must be another tensor's height and width, not {size}")


def _conv(module: nn.Conv2d) -> Conv:
    weight = _array(module.weight)
    bias = _array(module.bias) if module.bias is not None else np.zeros(weight.shape[0], np.float32)
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise ValueError(f"no lowering for padding {module.padding!r}, mode {module.padding_mode}")
    rows, columns = _pair(module.padding)
    return Conv(
        weight,
        bias,
        stride=_pair(module.stride),
        dilation=_pair(module.dilation),
        padding="same" if getattr(module, "pads_same", False) else Padding(rows, rows, columns, columns),
        groups=module.groups,
    )


def _folded(conv: Conv, norm: nn.BatchNorm2d) -> Conv:
    """The convolution followed by batch norm with its running statistics, as one convolution."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("batch norm without running statistics cannot be folded")
    mean, variance = (_array(t).astype(np.float64) for t in (norm.running_mean, norm.running_var))
    ones, zeros = np.ones_like(mean), np.zeros_like(mean)
    gamma = _array(norm.weight).astype(np.float64) if norm.weight is not None else ones
    beta = _array(norm.bias).astype(np.float64) if norm.bias is not None else zeros
    factor = gamma / np.sqrt(variance + norm.eps)
    weight = conv.weight.astype(np.float64) * factor[:, None, None, None]
    bias = (conv.bias.astype(np.float64) - mean) * factor + beta
    return replace(conv, weight=weight.astype(np.float32), bias=bias.astype(np.float32))


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy().copy()
    return array


def _pair(value: int | tuple[int, ...]) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
