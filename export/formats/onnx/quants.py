"""The scale and zero point of each of the network's tensors, as all nodes of an ONNX file have them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from onnx import NodeProto, TensorProto

from export.formats.onnx.storage import BYTE, SIGNED, shift
from export.formats.onnx.wiring import DEQUANTIZE, QUANTIZE, Wiring
from fastscnn.graph.graph import Quant

INTEGERS = (TensorProto.UINT8, TensorProto.INT8)


def quants(wiring: Wiring) -> dict[str, Quant]:
    """By node name. A tensor about which two nodes of the file disagree has none."""
    said: dict[str, set[Quant | None]] = defaultdict(set)
    for node in wiring.of(QUANTIZE):
        said[_owner(wiring, node.output[0])].add(_stated(wiring, node))
    for node in wiring.of(DEQUANTIZE):
        origin = wiring.way(node.input[0])[-1]
        if origin not in wiring.arrays:
            said[_owner(wiring, origin)].add(_stated(wiring, node))
    return {
        name: quant
        for name, stated in said.items()
        if wiring.described.get(name) in INTEGERS and len(stated) == 1
        for quant in stated
        if quant is not None
    }


def _stated(wiring: Wiring, node: NodeProto) -> Quant | None:
    """What a Q or DQ node of a whole tensor states, with the zero point as int8 has it."""
    scale, zero_point = wiring.stated(node) or (np.empty(0), np.empty(0))
    if scale.size != 1 or zero_point.size != 1 or zero_point.dtype not in (BYTE, SIGNED):
        return None
    try:
        return Quant(float(scale.item()), int(zero_point.item()) - shift(zero_point.dtype))
    except ValueError:
        return None


def _owner(wiring: Wiring, name: str) -> str:
    """The network's tensor whose numbers these are; a helper holds those of the tensor it stands beside."""
    if name in wiring.described or not wiring.gives(name, QUANTIZE):
        return name
    source = wiring.givers[name].input[0]
    if wiring.gives(source, DEQUANTIZE):
        # Camera bytes on their way to int8.
        return wiring.way(wiring.givers[source].input[0])[-1]
    # A convolution before its activation: the next integers are the network's.
    while len(wiring.takers[name]) == 1:
        node = wiring.takers[name][0]
        name = node.output[0]
        if node.op_type == QUANTIZE:
            break
    return name
