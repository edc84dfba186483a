"""The embedded network's stand-in until trained weights exist: random, but with healthy activations.

python -m tests.network.untrained PICTURES OUT.safetensors
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from fastscnn.data import classes as class_tables
from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network.checkpoint import save
from fastscnn.network.network import FastSCNN

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)
SEED = 20190212
SIZE = (360, 480)
NOTE = "Untrained: random weights. Its labels mean nothing; only its shapes and its speed are real."


def untrained(classes: int, batch: Tensor) -> FastSCNN:
    """Random weights, with batch-norm statistics measured on a batch of pictures."""
    return healthy(FastSCNN(classes), batch)


def healthy(network: AnyNetwork, batch: Tensor) -> AnyNetwork:
    """The network with random weights, neither dead nor exploding on a batch like this."""
    random = torch.Generator().manual_seed(SEED)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu", generator=random)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.2, generator=random)
            nn.init.uniform_(module.bias, -0.2, 0.4, generator=random)
            # one batch: its statistics, not a mean with the initial ones
            module.momentum = 1.0
    network.train()
    with torch.no_grad():
        network(batch)
    return network.eval()


def info(classes: int) -> ModelInfo:
    """What the stand-in says of itself."""
    table = class_tables.known(classes) or class_tables.numbered(classes)
    return ModelInfo(
        layout="fastscnn",
        classes=table.names,
        colors=table.colors,
        align_corners=False,
        size=SIZE,
        trained=False,
        notes={"untrained": NOTE},
    )


def pictures(paths: Iterable[Path], preprocessing: Preprocessing) -> Tensor:
    """A normalised batch of pictures."""
    height, width = SIZE
    frames = []
    for path in paths:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
        mean, std = (np.array(v, np.float32) for v in (preprocessing.mean, preprocessing.std))
        frames.append(((pixels.astype(np.float32) - mean) / std).transpose(2, 0, 1))
    return torch.from_numpy(np.stack(frames))


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    described = info(11)
    batch = pictures(sorted(folder.glob("*.jpg")), described.preprocessing)
    save(untrained(len(described.classes), batch), described, out)


if __name__ == "__main__":
    main()
