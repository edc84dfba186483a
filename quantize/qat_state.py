"""A fine-tuning on disk: all that resuming needs, written whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fastscnn.errors import CheckpointError
from fastscnn.graph.graph import Array, Graph, Quant
from fastscnn.network.training_state import stored, whole_state, written
from quantize.qat_trainer import Progress, Start, Trainer
from quantize.torch_graph import with_parameters

Parameters = Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class Stored:
    """A saved run of the same options."""

    path: Path
    content: dict[str, Any]

    @property
    def record(self) -> dict[str, Any]:
        """What PTQ recorded of the start."""
        with whole_state(self.path):
            return dict(json.loads(self.content["record"]))

    def start(self, graph: Graph) -> Start:
        """Where the run began; `graph` is the float network's."""
        with whole_state(self.path):
            start = json.loads(self.content["start"])
            return Start(
                with_parameters(graph, _arrays(self.content["first"])),
                {name: Quant(**quant) for name, quant in start["quants"].items()},
                frozenset(start["floats"]),
                start["highest"],
                start["pixels"],
            )

    def restore(self, trainer: Trainer) -> None:
        """Put a trainer of that start where the run stood."""
        with whole_state(self.path):
            trainer.module.load_state_dict(self.content["module"])
            trainer.averaged.module.load_state_dict(self.content["averaged"])
            trainer.optimizer.load_state_dict(self.content["optimizer"])
            trainer.progress = Progress(**json.loads(self.content["progress"]))
            trainer.best = _arrays(self.content["best"])


def save(trainer: Trainer, run: Mapping[str, Any], record: Mapping[str, Any], path: Path) -> None:
    """`run` is what must be the same when it is resumed."""
    start = trainer.start
    content = {
        "run": json.dumps(run, sort_keys=True),
        "record": json.dumps(record, sort_keys=True),
        "start": json.dumps(
            {
                "quants": {name: asdict(quant) for name, quant in start.quants.items()},
                "floats": sorted(start.floats),
                "highest": start.highest,
                "pixels": start.pixels,
            }
        ),
        "first": _tensors(trainer.first),
        "module": trainer.module.state_dict(),
        "averaged": trainer.averaged.module.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "progress": json.dumps(asdict(trainer.progress)),
        "best": _tensors(trainer.best),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    written(path, buffer.getvalue())


def load(path: Path, run: Mapping[str, Any]) -> Stored:
    """The saved run; CheckpointError where there is none, or one of other options."""
    content = stored(path)
    with whole_state(path):
        theirs = json.loads(content["run"])
        mine = json.loads(json.dumps(run))
        changed = sorted(key for key in mine if theirs.get(key) != mine[key])
    if changed:
        raise CheckpointError(
            f"{path} was made with another {', '.join(changed)}.",
            "Resume with the same options and pictures, or start again without --resume.",
        )
    return Stored(path, content)


def _tensors(parameters: Parameters) -> dict[str, list[Tensor]]:
    return {name: [torch.from_numpy(array) for array in pair] for name, pair in parameters.items()}


def _arrays(tensors: Mapping[str, list[Tensor]]) -> dict[str, tuple[Array, Array]]:
    return {name: (weight.numpy(), bias.numpy()) for name, (weight, bias) in tensors.items()}
