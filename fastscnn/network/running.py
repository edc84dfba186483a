"""A network in PyTorch as everything else here is run: a map in, a map out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Map = NDArray[Any]


def computing(network: Any, threads: int | None = None) -> Callable[[Map], Map]:
    """A normalised picture, height x width x 3, to the logits at 1/8."""

    def compute(given: Map) -> Map:
        if threads is not None:
            torch.set_num_threads(threads)
        # batched before the permutation: torch sees the channels innermost, which is several times faster
        batch = torch.from_numpy(np.ascontiguousarray(given)[None]).permute(0, 3, 1, 2)
        with torch.inference_mode():
            logits: Map = network.eighth(batch)[0].permute(1, 2, 0).numpy()
        return np.ascontiguousarray(logits)

    return compute
