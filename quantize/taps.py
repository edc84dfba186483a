"""Every quantized tensor of torch's two networks in integers: the one in training, and its reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx

from fastscnn.graph.graph import LEAST, Array
from quantize.torch_ao import Prepared, Reference, quant_of, quantized_nodes, tensor_of


def trained(prepared: Prepared, x: Tensor) -> dict[str, Array]:
    """What a fake-quantized network rounds a picture's tensors to: int8, height x width x channels."""
    found: dict[str, Array] = {}
    quants = {module: quant_of(module) for module in prepared.observers().values()}

    class Taps(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            result = super().run_node(n)
            module = prepared.module.get_submodule(str(n.target)) if n.op == "call_module" else None
            if module in quants:
                steps = torch.round(result / quants[module].scale) + quants[module].zero_point
                # a border around a tensor has its quantization and comes after it
                found.setdefault(tensor_of(n, prepared.graph), _map(steps.to(torch.int8)))
            return result

    with torch.inference_mode():
        Taps(prepared.module).run(x)
    return found


def referenced(reference: Reference, x: Tensor, given: Mapping[str, Array]) -> dict[str, Array]:
    """What torch's reference makes of the same inputs: each tensor then gives way to the one `given`."""
    found: dict[str, Array] = {}
    names = quantized_nodes(reference.module, reference.graph)

    class Taps(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            result = super().run_node(n)
            name = names.get(n)
            if name is None or name in found:
                return result
            found[name] = _map((result.int_repr().to(torch.int16) + LEAST).to(torch.int8))
            theirs = torch.from_numpy(given[name].astype("int16") - LEAST).permute(2, 0, 1)[None]
            scale, zero_point = result.q_scale(), result.q_zero_point()
            return torch._make_per_tensor_quantized_tensor(theirs.to(torch.uint8), scale, zero_point)

    with torch.inference_mode():
        Taps(reference.module).run(x)
    return found


def _map(batch: Tensor) -> Array:
    array: Array = batch[0].permute(1, 2, 0).contiguous().numpy()
    return array
