"""The learning rate's course, and the averaged weights."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from fastscnn.network.network import FastSCNN
from fastscnn.network.schedule import Averaged, learning_rate


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate(step, 100, 1.0, 10, 0.9) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[10] == max(rates) == 1.0
    assert all(a < b for a, b in pairwise(rates[:10]))
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert 0 < rates[-1] < 0.05


def test_without_warm_up_it_starts_at_the_peak() -> None:
    assert learning_rate(0, 10, 2.0, 0, 1.0) == 2.0
    assert learning_rate(5, 10, 2.0, 0, 1.0) == pytest.approx(1.0)


def test_the_average_follows_weights_and_statistics() -> None:
    torch.manual_seed(0)
    network, other = FastSCNN(2), FastSCNN(2)
    averaged = Averaged(network, 0.5)
    before = {name: value.clone() for name, value in averaged.network.state_dict().items()}
    other.train()(torch.randn(2, 3, 64, 64))
    for _ in range(40):
        averaged.update(other)
    for name, value in averaged.network.state_dict().items():
        assert torch.allclose(value, other.state_dict()[name], atol=1e-5)
    name = "learning_to_downsample.conv.conv.weight"
    assert not torch.allclose(before[name], averaged.network.state_dict()[name], atol=1e-2)


def test_the_average_is_a_copy_that_does_not_train() -> None:
    network = FastSCNN(2)
    averaged = Averaged(network, 0.9)
    assert not averaged.network.training
    assert not any(p.requires_grad for p in averaged.network.parameters())
    assert all(p.requires_grad for p in network.parameters())
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1)
    moved = zip(averaged.network.parameters(), network.parameters(), strict=True)
    assert not any(torch.equal(mine, theirs) for mine, theirs in moved)
