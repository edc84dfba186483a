"""The verbs that every format's room speaks: write, read, run.

A room is a package with three modules:

    write.write(graph, size, info) -> Files          the artifact's bytes, from a Graph, float or quantized
    read.read(path) -> Contents                      what a file on disk really holds
    run.load(path) -> Runner                         a file on disk, ready to compute
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastscnn.graph.graph import Array, Quant
from fastscnn.info import ModelInfo

THREADS = min(4, os.cpu_count() or 1)
"""What a runtime is given on this machine."""
Files = bytes | Mapping[str, bytes]
"""One file's bytes, or a package's files by their path inside it."""


@dataclass(frozen=True)
class Tensor:
    """An artifact's input or output, as a client meets it."""

    name: str
    shape: tuple[int, ...]
    """With the batch, in the order of `layout`."""
    dtype: str
    """numpy's name: float32, uint8, int8, int32."""
    layout: str
    """NHWC, NCHW, or RGB image (Core ML's image type)."""
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, eq=False)
class Contents:
    """What a file on disk really holds."""

    input: Tensor
    output: Tensor
    info: ModelInfo
    operators: Mapping[str, int]
    """How many of each, by the format's own names."""
    weights: Mapping[str, Array] = field(default_factory=dict)
    """Convolution weights by node name, (out, in / groups, height, width), in their stored type."""
    biases: Mapping[str, Array] = field(default_factory=dict)
    """int32 where the convolution is quantized, whatever the format stores them as."""
    scales: Mapping[str, Array] = field(default_factory=dict)
    """Of int8 weights by node name: float32, one an output channel."""
    bias_scales: Mapping[str, Array] = field(default_factory=dict)
    """Of int32 biases by node name, as the format states or implies them: float32, one an output channel."""
    borders: Mapping[str, Array] = field(default_factory=dict)
    """Conv.border by node name, where the file holds it as constants around a map."""
    quants: Mapping[str, Quant] = field(default_factory=dict)
    """Of the network's quantized tensors by node name; a uint8 spelling's zero point is 128 more."""
    floats: frozenset[str] = frozenset()
    """Nodes whose arithmetic is in float: Graph.computes_in_float, as the file on disk has it."""
    version: str = ""
    """Of the fastscnn-mobile that wrote it; empty where the file does not say."""


class Runner(Protocol):
    """An artifact in a runtime. Feeds and results are height x width x channels, without a batch."""

    runtime: str
    """Name, version and the settings that matter, for the report."""
    input: Tensor
    output: Tensor

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        """The output by its name, and any tensors asked for by the names of their nodes.

        Quantized tensors come as the integers that the file holds: int8, or uint8 (128 more).
        """
        ...
