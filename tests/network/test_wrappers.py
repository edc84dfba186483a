"""State dicts found in nested files."""

from __future__ import annotations

from typing import Any

import torch

from fastscnn.network.stored import Opaque, StoredTensor
from fastscnn.network.wrappers import state_dicts

ONE = StoredTensor((1,), "float32", lambda: torch.zeros(1))


def test_the_preferred_comes_first_whatever_the_order_in_the_file() -> None:
    table = {"a.weight": ONE}
    for tree in ({"model": table, "ema": dict(table)}, {"ema": dict(table), "model": table}):
        assert [state.path for state in state_dicts(tree)] == [("ema",), ("model",)]


def test_prefixes_come_off_again_and_again() -> None:
    found = state_dicts({"module.model.net.a.weight": ONE})[0]
    assert found.prefix == "module.model.net."
    assert list(found.tensors) == ["a.weight"]


def test_whatever_a_wrapper_calls_the_network_comes_off_too() -> None:
    names = ("a.weight", "b.weight", "b.bias")
    table = {f"module.segmentor.net.{name}": ONE for name in names}
    found = state_dicts({"state_dict": table | {"module.loss.weight": ONE}})
    inner = next(state for state in found if state.prefix == "module.segmentor.net.")
    assert set(inner.tensors) == set(names)
    assert inner.beside == ("module.loss.weight",)
    # what stands in the file as it is goes first
    assert found.index(inner) > 0


def test_a_file_that_contains_itself_ends() -> None:
    tree: dict[str, Any] = {"a": ONE}
    tree["self"] = tree
    assert len(state_dicts(tree)) == 1


def test_what_is_no_tensor_is_passed_over() -> None:
    tree = {
        "args": Opaque("argparse.Namespace"),
        "epoch": 3,
        "list": [1, 2],
        "a.weight": ONE,
        "total_ops": ONE,
    }
    assert list(state_dicts(tree)[0].tensors) == ["a.weight"]


def test_an_optimizers_hundreds_of_dictionaries_do_not_hide_the_weights() -> None:
    tree = {"optimizer": {str(i): {"step": ONE} for i in range(500)}, "model": {"a": ONE, "b": ONE}}
    assert state_dicts(tree)[0].path == ("model",)
