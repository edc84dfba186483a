"""What torchrun starts for test_processes.py: DATA OUT gradients|training."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from fastscnn.data.datasets import open_dataset
from fastscnn.network.processes import Processes, joined
from fastscnn.network.recipe import Recipe
from fastscnn.network.train import Trainer

GRADIENTS = Recipe((64, 96), epochs=2, batch=8, frozen_norm=True)
TRAINING = Recipe((64, 96), epochs=25, batch=8, seed=3)


def gradients(data: Path, processes: Processes) -> dict[str, torch.Tensor]:
    """Of the first step."""
    trainer = Trainer(open_dataset(data), GRADIENTS, processes=processes)
    trainer.backward(0, 0, trainer.loader.batch(0, 0))
    return {
        name: parameter.grad
        for name, parameter in trainer.objective.named_parameters()
        if parameter.grad is not None
    }


def training(data: Path, processes: Processes) -> dict[str, float | None]:
    """The score after a short training."""
    trainer = Trainer(open_dataset(data), TRAINING, processes=processes)
    for _ in range(TRAINING.epochs):
        trainer.run_epoch()
    return {"miou": trainer.validate().miou() if processes.first else None}


def main() -> None:
    data, out, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    with joined() as processes:
        found = (gradients if what == "gradients" else training)(data, processes)
        if processes.first:
            torch.save({"world": processes.world, **found}, out)


if __name__ == "__main__":
    main()
