"""Warnings from batch-norm statistics: real contradictions are seen, and nobody else is accused."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from fastscnn.info import ModelInfo, Preprocessing
from fastscnn.network.network import FastSCNN
from fastscnn.network.suspicion import NORMALISATIONS, _pictures, _prepared, suspicions
from fastscnn.network.variant import OURS
from tests.network.untrained import info, untrained

KNOWN: ModelInfo = info(11)
IMAGENET = KNOWN.preprocessing


@pytest.fixture(scope="module")
def network() -> FastSCNN:
    """Statistics as training on our pictures, prepared as ImageNet's, leaves them."""
    return untrained(11, _prepared(_pictures(), IMAGENET))


def measured(variant_relu: bool, seen: Preprocessing) -> FastSCNN:
    """A network with statistics from our pictures prepared in one way."""
    torch.manual_seed(2)
    made = FastSCNN(11, replace(OURS, depthwise_relu=variant_relu))
    for module in made.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            module.momentum = 1.0
    made.train()
    with torch.no_grad():
        made(_prepared(_pictures(), seen))
    return made.eval()


def as_assumed(network: FastSCNN, *, relu: bool) -> FastSCNN:
    other = FastSCNN(11, replace(OURS, depthwise_relu=relu)).eval()
    other.load_state_dict(network.state_dict())
    return other


def test_what_was_assumed_rightly_is_not_accused(network: FastSCNN) -> None:
    assert suspicions(network, KNOWN) == ()


@pytest.mark.parametrize("truth", NORMALISATIONS[1:4], ids=lambda normalisation: normalisation.what)
def test_another_scale_is_seen_and_its_switches_are_told(truth: object) -> None:
    assert isinstance(truth, type(NORMALISATIONS[0]))
    seen = measured(True, Preprocessing("rgb", truth.mean, truth.std))
    warnings = suspicions(seen, KNOWN)
    assert len(warnings) == 1
    assert "another scale" in warnings[0]
    assert "--variant mean=" in warnings[0]
    told = replace(KNOWN, preprocessing=Preprocessing("rgb", truth.mean, truth.std))
    assert suspicions(seen, told) == ()


def test_the_other_channel_order_is_seen(network: FastSCNN) -> None:
    flipped = copy.deepcopy(network)
    conv = flipped.get_submodule("learning_to_downsample.conv.conv")
    assert isinstance(conv, nn.Conv2d)
    with torch.no_grad():
        conv.weight.copy_(conv.weight.flip(1))
    warnings = suspicions(flipped, KNOWN)
    assert len(warnings) == 1
    assert "--variant order=bgr" in warnings[0]


@pytest.mark.parametrize("truth", [True, False])
def test_a_relu_that_is_assumed_wrongly_is_seen(truth: bool) -> None:
    seen = measured(truth, IMAGENET)
    assert suspicions(seen, KNOWN) == ()
    warnings = suspicions(as_assumed(seen, relu=not truth), KNOWN)
    assert any(f"depthwise_relu={'true' if truth else 'false'}" in line for line in warnings)


def test_statistics_that_no_picture_left_accuse_nobody() -> None:
    torch.manual_seed(3)
    fresh = FastSCNN(11).eval()
    assert suspicions(fresh, KNOWN) == ()
    for module in fresh.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    assert suspicions(fresh, KNOWN) == ()
