"""A training run on disk: all that resuming needs, and the curves, written whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from fastscnn import bounded, whole
from fastscnn.errors import CheckpointError, MissingPackageError, OutputError
from fastscnn.network.train import Progress, Trainer

LARGEST = 1 << 30
"""Bytes: weights, averages and the optimizer's state of a million parameters are some ten million."""


def written(path: Path, data: bytes) -> None:
    """Write beside and rename: a full disk or a kill leaves the file as it was."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.put(path, data)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.",
            "Make room or choose another place; what was saved before is still there, --resume continues.",
        ) from error


def save(trainer: Trainer, path: Path) -> None:
    """Weights, averages, optimizer and history."""
    state = {
        "recipe": json.dumps(trainer.recipe.as_json(), sort_keys=True),
        "classes": list(trainer.dataset.classes),
        "objective": trainer.objective.state_dict(),
        "averaged": trainer.averaged.network.state_dict(),
        "averaged_steps": trainer.averaged.steps,
        "optimizer": trainer.optimizer.state_dict(),
        "progress": asdict(trainer.progress),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    written(path, buffer.getvalue())


def resume(trainer: Trainer, path: Path) -> None:
    """Continue where a saved run stood."""
    state = stored(path)
    with whole_state(path):
        recipe = json.loads(state["recipe"])
        mine = trainer.recipe.as_json()
        changed = sorted(key for key in mine if recipe.get(key) != mine[key])
        if tuple(state["classes"]) != trainer.dataset.classes:
            changed.append("classes")
        if changed:
            raise CheckpointError(
                f"{path} was trained with another {', '.join(changed)}.",
                "Resume with the same options, or start another training from it with --init.",
            )
        trainer.objective.load_state_dict(state["objective"])
        trainer.averaged.network.load_state_dict(state["averaged"])
        trainer.averaged.steps = state["averaged_steps"]
        trainer.optimizer.load_state_dict(state["optimizer"])
        trainer.progress = Progress(**state["progress"])


def stored(path: Path) -> Any:
    """What a run saved, tensors and plain data alone; CheckpointError where there is none."""
    try:
        bounded.require(path, LARGEST)
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(
            f"There is nothing to resume: {path} does not exist.", "Leave --resume out."
        ) from None
    except Exception as error:
        raise _unfit(path, error) from error


@contextmanager
def whole_state(path: Path) -> Iterator[None]:
    """Around what takes a saved run's parts: one that lacks some, or has others, is told as such."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise _unfit(path, error) from error


def _unfit(path: Path, error: Exception) -> CheckpointError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return CheckpointError(f"{path} cannot be read: {reason}", "Start again without --resume.")


def save_curves(history: Sequence[dict[str, Any]], stem: Path) -> None:
    """STEM.curves.json, and STEM.curves.png where matplotlib is installed."""
    text = json.dumps({"epochs": list(history)}, indent=1)
    written(stem.with_name(f"{stem.name}.curves.json"), text.encode())
    written(stem.with_name(f"{stem.name}.curves.png"), _drawn(history))


def _drawn(history: Sequence[dict[str, Any]]) -> bytes:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackageError(
            "Learning curves need matplotlib, which is not installed.",
            'Install it: pip install "fastscnn-mobile[train]".',
        ) from error
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([row["epoch"] for row in history], [row["loss"] for row in history], color="tab:red")
    left.set(xlabel="epoch", ylabel="training loss")
    scored = [row for row in history if row.get("miou") is not None]
    right.plot([row["epoch"] for row in scored], [row["miou"] for row in scored], "o-", ms=3)
    right.set(xlabel="epoch", ylabel="validation mIoU", ylim=(0, 1))
    right.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return buffer.getvalue()
