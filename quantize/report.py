"""A quantization for people: what was written, what it costs."""

from __future__ import annotations

from pathlib import Path

from fastscnn.console import Console
from fastscnn.data.limits import lost
from fastscnn.graph.graph import Graph
from quantize.judge import Judgement


def say(out: Path, size: int, graph: Graph, judgement: Judgement, screen: Console) -> None:
    """A few lines, with a table of the classes where there were masks."""
    if judgement.scores is not None:
        before, after = judgement.scores
        _, classes = lost(before, after)
        for name, share in before.shares().items():
            if name in classes:
                screen.say(
                    f"{name:<24} {share:>6.1%} of the pixels   float {_iou(before.per_class()[name])}"
                    f"   int8 {_iou(after.per_class()[name])}   {-100 * classes[name]:+.2f}"
                )
        change = ""
        if (mean := lost(before, after)[0]) is not None:
            low, high = judgement.as_json()["miou_change_95"]
            change = f"   {-100 * mean:+.2f} (95 % of draws: {100 * low:+.2f} to {100 * high:+.2f})"
        screen.say(
            f"{'mIoU':<24} {'':>6}                 float {_iou(before.miou())}"
            f"   int8 {_iou(after.miou())}{change}"
        )
    screen.say(
        f"{judgement.label_agreement:.2%} of the labels are the float network's, over {judgement.pictures}"
        f" pictures of {judgement.split}"
    )
    floats = [node.name for node in graph if graph.computes_in_float(node)]
    if floats:
        screen.say(f"in float: {', '.join(floats)}")
    screen.say(f"written: {out}  {size / 1e6:.2f} MB")


def _iou(value: float | None) -> str:
    return "     -" if value is None else f"{value:.4f}"
