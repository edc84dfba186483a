"""A quantized network's weights and activations as torch floats, where int8 will have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from fastscnn.console import Console
from fastscnn.graph.graph import LEAST, MOST, Graph, Quant
from quantize.assemble import Weights
from quantize.torch_graph import TorchGraph

WORKERS = 2
"""Pictures side by side, each on one thread: sums that several threads share depend on their number."""
Item = TypeVar("Item")
Result = TypeVar("Result")


def on_grid(x: Tensor, quant: Quant) -> Tensor:
    """The nearest values that int8 numbers stand for."""
    return torch.fake_quantize_per_tensor_affine(x, quant.scale, quant.zero_point - LEAST, 0, MOST - LEAST)


def rounded(graph: Graph, weights: Mapping[str, Weights]) -> TorchGraph:
    """The Graph with the weights that int8 numbers stand for. Activations are not rounded: see `on_grid`."""
    network = TorchGraph(graph).eval()
    for name, chosen in weights.items():
        numbers = chosen.numbers * chosen.scales[:, None, None, None]
        network.convolution(name).weight.data = torch.from_numpy(numbers.astype(np.float32))
    return network


def each(
    work: Callable[[Item], Result], items: Sequence[Item], console: Console | None = None, what: str = ""
) -> list[Result]:
    """The results in order; the items are worked on side by side."""

    def one(item: Item) -> Result:
        with torch.inference_mode():
            return work(item)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(one, items)
        return list(console.progress(results, what, len(items)) if console is not None else results)
