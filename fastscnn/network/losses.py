"""What training minimises: balanced cross entropy, Lovasz-softmax, the distance to a teacher."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fastscnn.data.masks import IGNORED

GROUP = 4
"""Pictures over which Lovasz-softmax counts a class: fixed, so that it does not depend on the processes."""


def class_weights(counts: NDArray[np.int64], power: float) -> Tensor:
    """Frequency to minus a power, scaled so that the average pixel weighs one; absent classes weigh one."""
    share = counts.sum(0) / max(1, counts.sum())
    weights = np.where(share > 0, np.maximum(share, 1e-5) ** -power, 1.0)
    return torch.tensor(weights / max(1e-12, float((weights * share).sum())), dtype=torch.float32)


class Lattice:
    """Every stride-th pixel from a start; the start is drawn each step, so that no pixel is left out."""

    def __init__(self, stride: int, row: int = 0, column: int = 0) -> None:
        self.stride = stride
        self.row = row
        self.column = column

    @classmethod
    def drawn(cls, rng: np.random.Generator, stride: int) -> Lattice:
        return cls(stride, int(rng.integers(stride)), int(rng.integers(stride)))

    def of(self, maps: Tensor) -> Tensor:
        """The maps (or masks) at this lattice."""
        return maps[..., self.row :: self.stride, self.column :: self.stride]

    def resized(self, logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
        """The logits resized bilinearly to a size, at this lattice only: same values, less work."""
        rows = _bilinear(logits.shape[2], size[0], align_corners, logits)[self.row :: self.stride]
        columns = _bilinear(logits.shape[3], size[1], align_corners, logits)[self.column :: self.stride]
        # columns first: the product stays small until the last step
        return torch.matmul(rows, torch.matmul(logits.contiguous(), columns.t()))


def _bilinear(small: int, large: int, align_corners: bool, like: Tensor) -> Tensor:
    """The matrix that resizes `small` values to `large`."""
    identity = torch.eye(small, dtype=like.dtype, device=like.device)[None]
    resized = functional.interpolate(identity, size=large, mode="linear", align_corners=align_corners)
    return resized[0].t()


def weight_sum(truth: Tensor, weights: Tensor) -> Tensor:
    """The sum of class weights over the pixels that count."""
    return weights[truth[truth != IGNORED]].sum()


def cross_entropy(logits: Tensor, truth: Tensor, weights: Tensor, total: Tensor) -> Tensor:
    """The class-weighted sum over the pixels that count, divided by `total`."""
    lost = functional.cross_entropy(logits, truth, weights, ignore_index=IGNORED, reduction="sum")
    return lost / total.clamp(min=1.0)


def lovasz_softmax(logits: Tensor, truth: Tensor) -> Tensor:
    """Lovasz-softmax (Berman, Triki, Blaschko 2018) over groups of pictures, classes present in each."""
    groups = zip(torch.split(logits, GROUP), torch.split(truth, GROUP), strict=True)
    return torch.stack([_lovasz(scores, labels) for scores, labels in groups]).mean()


def _lovasz(logits: Tensor, truth: Tensor) -> Tensor:
    scores = functional.softmax(logits, dim=1).permute(1, 0, 2, 3).flatten(1)
    labels = truth.flatten()
    counts = labels != IGNORED
    scores, labels = scores[:, counts], labels[counts]
    present = torch.unique(labels)
    if not len(present):
        return logits.sum() * 0
    foreground = (labels[None] == present[:, None]).to(scores.dtype)
    errors, order = torch.sort((foreground - scores[present]).abs(), dim=1, descending=True)
    return (errors * _slopes(foreground.gather(1, order))).sum(1).mean()


def _slopes(foreground: Tensor) -> Tensor:
    """The slope of the Jaccard loss's Lovasz extension at each sorted error."""
    total = foreground.sum(1, keepdim=True)
    intersection = total - foreground.cumsum(1)
    union = total + (1 - foreground).cumsum(1)
    jaccard = 1 - intersection / union
    return torch.cat([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], dim=1)


def distillation(logits: Tensor, teacher: Tensor, truth: Tensor, total: Tensor) -> Tensor:
    """The Kullback-Leibler distance to a teacher's scores over the pixels that count, divided by `total`."""
    mine, theirs = functional.log_softmax(logits, dim=1), functional.log_softmax(teacher, dim=1)
    distance = functional.kl_div(mine, theirs, reduction="none", log_target=True).sum(1)
    return (distance * (truth != IGNORED)).sum() / total.clamp(min=1.0)
