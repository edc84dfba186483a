"""A network's score on pictures with masks, by the rules of fastscnn-eval."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from fastscnn.data.datasets import Picture, Pixels
from fastscnn.data.metrics import Confusion
from fastscnn.errors import DataError
from fastscnn.info import Preprocessing, Size


def network_input(pixels: Pixels, size: Size, preprocessing: Preprocessing) -> Tensor:
    """A picture squashed to the network's size and normalised, as a batch of one."""
    image = Image.fromarray(pixels)
    if image.size != (size[1], size[0]):
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    array = np.asarray(image, np.float32)
    if preprocessing.order == "bgr":
        array = array[..., ::-1]
    scaled = (array - np.asarray(preprocessing.mean, np.float32)) / np.asarray(preprocessing.std, np.float32)
    # batched before the permutation: torch sees the channels innermost, which is several times faster
    return torch.from_numpy(scaled[None]).permute(0, 3, 1, 2)


@torch.inference_mode()
def labels(
    network: nn.Module, pixels: Pixels, size: Size, preprocessing: Preprocessing, align_corners: bool
) -> Pixels:
    """Class indices at the picture's own size."""
    x = network_input(pixels, size, preprocessing)
    logits: Tensor = network(x.to(next(network.parameters()).device))
    full = pixels.shape[:2]
    if logits.shape[-2:] != full:
        logits = functional.interpolate(logits, size=full, mode="bilinear", align_corners=align_corners)
    found: Pixels = logits[0].argmax(0).to(torch.uint8).cpu().numpy()
    return found


def score(
    network: nn.Module,
    pictures: Iterable[Picture],
    classes: int,
    size: Size,
    preprocessing: Preprocessing,
    align_corners: bool,
) -> Confusion:
    """The confusion matrix over the pictures."""
    confusion = Confusion(classes)
    network.eval()
    for picture in pictures:
        if picture.mask is None:
            raise DataError(f"The picture {picture.sample.image} has no mask.", "A score needs masks.")
        confusion.add(picture.mask, labels(network, picture.pixels, size, preprocessing, align_corners))
    return confusion
