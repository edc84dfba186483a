"""Where batch-norm statistics contradict what is assumed of a checkpoint.

A batch norm remembers the mean and variance of what training fed it. Statistics that no picture could
have left (a checkpoint of random numbers, say) accuse nobody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network.blocks import ConvNorm, SeparableConv
from fastscnn.network.matching import Network
from fastscnn.network.network import FastSCNN

SIZE = (320, 192)
"""Width, height of the pictures: enough for statistics, and quick."""
EXPLAINED = 0.15
"""Share of the first batch norm's means that three colour means must leave unexplained at most."""
PLAUSIBLE = (10.0, 245.0)
"""Where a data set's mean pixel can be."""
GAINS = (0.4, 2.5)
"""Contrast of the training pictures over that of ours, beyond which the scale is another one."""
BETTER = 1.35
"""How many times better the other channel order must explain the statistics."""
TOO_SMALL = 1e-6


@dataclass(frozen=True)
class Normalisation:
    """One way in which projects prepare pictures."""

    what: str
    switches: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


NORMALISATIONS = (
    Normalisation(
        "ImageNet's mean and std",
        "mean=123.675,116.28,103.53 std=58.395,57.12,57.375",
        (123.675, 116.28, 103.53),
        (58.395, 57.12, 57.375),
    ),
    Normalisation(
        # at most 1 would be taken as parts of 255
        "raw pixels 0..255",
        "mean=0,0,0 std=1.0001,1.0001,1.0001",
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
    ),
    Normalisation(
        "pixels minus a mean, without a std (as xiaoyufenfei)",
        "mean=73.158,82.909,72.392 std=1,1,1",
        (73.158, 82.909, 72.392),
        (1.0, 1.0, 1.0),
    ),
    Normalisation(
        "pixels as parts of 255", "mean=0,0,0 std=255,255,255", (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
    ),
    Normalisation(
        "(pixel / 255 - 0.5) / 0.5",
        "mean=127.5,127.5,127.5 std=127.5,127.5,127.5",
        (127.5,) * 3,
        (127.5,) * 3,
    ),
)


def suspicions(network: Network, info: ModelInfo) -> tuple[str, ...]:
    """Warnings, each a sentence that says what to try."""
    if not isinstance(network, FastSCNN):
        return ()
    with torch.inference_mode():
        found = [*_relu(network)]
        first = network.learning_to_downsample.conv
        colors = _mean_input(first)
        if colors is None:
            return tuple(found)
        pictures = _pictures()
        scale = _scale(first, colors, pictures, info.preprocessing)
        found += scale or _order(network, pictures, info.preprocessing)
    return tuple(found)


def _relu(network: FastSCNN) -> Iterator[str]:
    """A pointwise convolution's mean output follows from its input's, which a ReLU in between raises."""
    blocks = [network.learning_to_downsample.dsconv1, network.learning_to_downsample.dsconv2]
    if network.variant.classifier_pointwise:
        blocks += [network.classifier.dsconv1, network.classifier.dsconv2]
    errors = [error for block in blocks if (error := _relu_errors(block)) is not None]
    if not errors:
        return
    without, with_relu = (sum(column) / len(errors) for column in zip(*errors, strict=True))
    assumed = network.variant.depthwise_relu
    if assumed and without < 0.2 < 0.4 < with_relu:
        yield (
            "The batch-norm statistics say that no ReLU stands between the separable convolutions' halves:"
            " try --variant depthwise_relu=false."
        )
    if not assumed and with_relu < 0.4 and without > 0.6:
        yield (
            "The batch-norm statistics say that a ReLU stands between the separable convolutions' halves:"
            " try --variant depthwise_relu=true."
        )


def _relu_errors(block: SeparableConv) -> tuple[float, float] | None:
    """How badly the means are explained without a ReLU, and with one behind normal values."""
    inner, outer = (block.get_submodule(f"{half}.norm") for half in ("depthwise", "pointwise"))
    conv = block.get_submodule("pointwise.conv")
    assert isinstance(inner, nn.BatchNorm2d)
    assert isinstance(outer, nn.BatchNorm2d)
    assert isinstance(conv, nn.Conv2d)
    means = _running(outer)[0] - (conv.bias.double() if conv.bias is not None else 0.0)
    if means.norm() < TOO_SMALL:
        return None
    center, spread = inner.bias.double(), inner.weight.double().abs() + TOO_SMALL
    density = torch.exp(-((center / spread) ** 2) / 2) / math.sqrt(2 * math.pi)
    below = torch.special.ndtr(center / spread)
    weight = conv.weight.double().flatten(1)
    errors = [
        float((means - weight @ entering).norm() / means.norm())
        for entering in (center, center * below + spread * density)
    ]
    return errors[0], errors[1]


def _mean_input(first: ConvNorm) -> Tensor | None:
    """The mean of the network's input by channel, as the first batch norm remembers it, if it does."""
    conv, norm = first.conv, first.norm
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    means = _running(norm)[0] - (conv.bias.double() if conv.bias is not None else 0.0)
    taps = conv.weight.double().sum((2, 3))
    if means.norm() < TOO_SMALL:
        return None
    colors: Tensor = torch.linalg.lstsq(taps, means[:, None]).solution[:, 0]
    unexplained = float((taps @ colors - means).norm() / means.norm())
    return colors if unexplained < EXPLAINED else None


def _scale(first: ConvNorm, colors: Tensor, pictures: Tensor, assumed: Preprocessing) -> list[str]:
    """Whether pictures prepared as assumed are of the size that the first batch norm saw."""
    conv, norm = first.get_submodule("conv"), first.norm
    assert isinstance(norm, nn.BatchNorm2d)
    ours = conv(_prepared(pictures, assumed)).double().var((0, 2, 3))
    ratio = (_running(norm)[1] + TOO_SMALL) / (ours + TOO_SMALL)
    gain = float(ratio.log().median().div(2).exp())
    if _plausible(colors, gain, assumed.mean, assumed.std):
        return []
    unit = sum(assumed.std) / 3
    for other in NORMALISATIONS:
        other_gain = gain * sum(other.std) / 3 / unit
        if _plausible(colors, other_gain, other.mean, other.std):
            return [
                f"The first batch norm saw inputs of another scale than the assumed preprocessing gives;"
                f" they look like {other.what}: try --variant {other.switches.replace(' ', ' --variant ')}."
            ]
    return [
        "The first batch norm saw inputs of another scale than the assumed preprocessing gives:"
        " say with --variant mean=... and std=... how the pictures were prepared."
    ]


def _plausible(colors: Tensor, gain: float, mean: Sequence[float], std: Sequence[float]) -> bool:
    pixels = [float(c) * s + m for c, s, m in zip(colors, std, mean, strict=True)]
    return GAINS[0] <= gain <= GAINS[1] and all(PLAUSIBLE[0] <= p <= PLAUSIBLE[1] for p in pixels)


def _order(network: FastSCNN, pictures: Tensor, assumed: Preprocessing) -> list[str]:
    """Whether the layers' statistics are nearer to those of pictures in the other channel order."""
    prepared = _prepared(pictures, assumed)
    flipped = _prepared(pictures.flip(1), assumed)
    if _strangeness(network, prepared) < BETTER * _strangeness(network, flipped):
        return []
    other = "bgr" if assumed.order == "rgb" else "rgb"
    return [
        f"The batch-norm statistics fit pictures in {other.upper()} order better than"
        f" in {assumed.order.upper()}: try --variant order={other}."
    ]


def _strangeness(network: FastSCNN, batch: Tensor) -> float:
    """The median over layers and channels of the divergence from what the batch norms remember."""
    with _divergences(network) as found:
        network.eighth(batch)
    return float(np.median(found))


@contextmanager
def _divergences(network: FastSCNN) -> Iterator[list[float]]:
    found: list[float] = []

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        mean, variance = _running(module)
        ours = inputs[0].double()
        spread = ours.var((0, 2, 3)) + module.eps
        variance = variance + module.eps
        shift = (ours.mean((0, 2, 3)) - mean) ** 2
        divergence = ((spread + shift) / variance - 1 - (spread / variance).log()) / 2
        found.append(float(divergence.median()))

    hooks = [m.register_forward_pre_hook(look) for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _running(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return norm.running_mean.double(), norm.running_var.double()


def _pictures() -> Tensor:
    """The embedded street photographs, RGB, 0..255."""
    folder = resources.files("fastscnn.data").joinpath("street")
    frames = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".jpg"):
            with entry.open("rb") as stream, Image.open(stream) as picture:
                frame = np.asarray(picture.convert("RGB").resize(SIZE, Image.Resampling.BILINEAR))
            frames.append(frame.astype(np.float32).transpose(2, 0, 1))
    return torch.from_numpy(np.stack(frames))


def _prepared(pictures: Tensor, preprocessing: Preprocessing) -> Tensor:
    """As the network wants them; the channel order is the caller's affair where it is in question."""
    ordered = pictures.flip(1) if preprocessing.order == "bgr" else pictures
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (preprocessing.mean, preprocessing.std))
    return (ordered - mean) / std
