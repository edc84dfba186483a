"""Checkpoints for tests: a layout's own keys around random numbers, saved as training scripts save them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from fastscnn.network.layouts import find
from fastscnn.network.matching import build
from fastscnn.network.options import from_table

State = OrderedDict[str, Tensor]
AUXILIARY = {
    "tramac": "auxlayer.0.weight",
    "zacario": "auxlayer.1.running_mean",
    "deepvoltaire": "classifier.sconv2.conv1.weight",
    "nodyfn": "aux_head_global.head.2.bias",
    "pytorchcv": "aux_head.conv1.conv.weight",
    "mmseg": "auxiliary_head.0.conv_seg.weight",
    "mmseg014": "auxiliary_head.1.convs.0.bn.running_var",
    "mmseg06": "auxiliary_head.1.convs.0.bn.running_var",
    "paddleseg": "auxlayer.conv_bn_relu._batch_norm._mean",
}
"""A key of each layout's training-only part."""


def state_of(layout: str, classes: int = 5, seed: int = 0) -> State:
    """A state dict with the layout's keys and sane numbers, its training-only part included."""
    random = torch.Generator().manual_seed(seed)
    known = find(layout)
    network = build(known, from_table(known.variant), classes)
    table = known.module_names()
    state: State = OrderedDict()
    for name, tensor in network.state_dict().items():
        module, _, leaf = name.rpartition(".")
        key = f"{table[module] if table else module}.{known.leaves.get(leaf, leaf)}"
        state[key] = _numbers(leaf, tuple(tensor.shape), random)
    if layout in AUXILIARY:
        state[AUXILIARY[layout]] = torch.ones(3)
    return state


def _numbers(leaf: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    if leaf == "num_batches_tracked":
        return torch.tensor(7)
    if leaf == "running_var" or (leaf == "weight" and len(shape) == 1):
        return 0.5 + torch.rand(shape, generator=random)
    fan = torch.Size(shape[1:]).numel()
    return (
        torch.randn(shape, generator=random) * (2 / fan) ** 0.5 if len(shape) > 1 else _small(shape, random)
    )


def _small(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    return 0.2 * torch.randn(shape, generator=random)


def saved(content: object, path: Path, *, old: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not old)
    return path


def numpy_state(state: Mapping[str, Tensor]) -> dict[str, object]:
    """As Paddle keeps a state dict."""
    return {key: tensor.numpy() for key, tensor in state.items()}
