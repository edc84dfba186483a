"""Loading and saving: wrappers, classes, variants, our own file, and what is refused."""

from __future__ import annotations

import argparse
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fastscnn.errors import CheckpointError, ClassesError, LayoutError, OutputError, VariantError
from fastscnn.network.checkpoint import load, save
from fastscnn.network.options import from_spelled
from fastscnn.network.simplified import Simplified
from tests.network.files import State, saved, state_of


@pytest.fixture(scope="module")
def state() -> State:
    return state_of("tramac", 11)


def prefixed(state: State, prefix: str) -> State:
    return OrderedDict((prefix + key, value) for key, value in state.items())


WRAPPERS: dict[str, Callable[[State], Any]] = {
    "plain": lambda s: s,
    "state_dict": lambda s: {"state_dict": s, "epoch": 3},
    "model": lambda s: {
        "model": prefixed(s, "module."),
        "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}},
    },
    "model_state_dict": lambda s: {"model_state_dict": s, "best": np.float64(0.5)},
    "ema": lambda s: {"ema": s},
    "nested ema": lambda s: {"ema": {"module": s, "decay": 0.99}},
    "lightning": lambda s: {"state_dict": prefixed(s, "model.net."), "callbacks": {}},
    "repeated": lambda s: {"model": prefixed(s, "module.module.")},
    "compiled": lambda s: prefixed(s, "_orig_mod."),
    "somebody's own": lambda s: {"state_dict": prefixed(s, "module.segmentor."), "epoch": 3},
    "pair": lambda s: (s, {"epoch": 3}),
    "profiled": lambda s: OrderedDict(
        {**s, "total_ops": torch.zeros(1), "classifier.total_params": torch.zeros(1)}
    ),
    "leftovers": lambda s: {
        "model": s,
        "args": argparse.Namespace(lr=0.1, path=Path("a")),
        "history": defaultdict(list, {"loss": [np.float32(1)]}),
        "rng": np.random.RandomState(3).get_state(),
        "array": np.arange(3),
    },
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("old", [False, True], ids=["zip", "legacy"])
def test_wrappers_are_opened(wrapper: str, old: bool, state: State, tmp_path: Path) -> None:
    found = load(saved(WRAPPERS[wrapper](state), tmp_path / "weights.pth", old=old))
    assert found.layout == "tramac"
    head = found.network.state_dict()["classifier.conv.weight"]
    assert torch.equal(head, state["classifier.conv.1.weight"])


def test_averaged_weights_are_preferred_and_said(state: State, tmp_path: Path) -> None:
    averaged = state_of("tramac", 11, seed=9)
    found = load(saved({"model": state, "ema": averaged}, tmp_path / "weights.pth"))
    head = found.network.state_dict()["classifier.conv.weight"]
    assert torch.equal(head, averaged["classifier.conv.1.weight"])
    assert any("the file also has model" in line for line in found.assumptions)


def test_tensors_beside_a_prefixed_network_are_left_out_and_said(state: State, tmp_path: Path) -> None:
    content = prefixed(state, "net.")
    content["criterion.weight"] = torch.ones(11)
    found = load(saved({"state_dict": content}, tmp_path / "weights.ckpt"))
    assert any("criterion.weight" in line for line in found.assumptions)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_become_float32_and_that_is_said(
    dtype: torch.dtype, state: State, tmp_path: Path
) -> None:
    cast = {key: v.to(dtype) if v.is_floating_point() else v for key, v in state.items()}
    found = load(saved(cast, tmp_path / "weights.pth"))
    head = found.network.state_dict()["classifier.conv.weight"]
    assert head.dtype == torch.float32
    assert torch.equal(head, cast["classifier.conv.1.weight"].float())
    assert any(str(dtype).removeprefix("torch.") in line for line in found.assumptions)


def test_views_into_one_storage_are_read_rightly(state: State, tmp_path: Path) -> None:
    wide = torch.randn(22, 128, 1, 1)
    turned = torch.randn(128, 64, 1, 1).transpose(0, 1).contiguous().transpose(0, 1)
    content = {
        **state,
        "classifier.conv.1.weight": wide[::2],
        "feature_fusion.conv_higher_res.0.weight": turned,
    }
    loaded = load(saved(content, tmp_path / "weights.pth")).network.state_dict()
    assert torch.equal(loaded["classifier.conv.weight"], wide[::2])
    assert torch.equal(loaded["feature_fusion.higher.conv.weight"], turned)


# --- classes


@pytest.mark.parametrize(("count", "first"), [(19, "road"), (11, "Sky"), (12, "Sky"), (5, "class_0")])
def test_classes_are_named_by_a_known_data_sets_number(count: int, first: str, tmp_path: Path) -> None:
    info = load(saved(state_of("tramac", count), tmp_path / "weights.pth")).info
    assert len(info.classes) == len(info.colors) == len(set(info.classes)) == len(set(info.colors)) == count
    assert info.classes[0] == first


def test_classes_of_the_users_own(state: State, tmp_path: Path) -> None:
    path = saved(state, tmp_path / "weights.pth")
    assert load(path, classes=list("abcdefghijk")).info.classes == tuple("abcdefghijk")
    with pytest.raises(ClassesError, match="2 classes, but the network has 11"):
        load(path, classes=["a", "b"])


def test_classes_that_the_checkpoint_names(state: State, tmp_path: Path) -> None:
    names = [f"thing {index}" for index in range(11)]
    content = {"state_dict": state, "meta": {"dataset_meta": {"classes": tuple(names)}}}
    assert load(saved(content, tmp_path / "weights.pth")).info.classes == tuple(names)


# --- variants


def test_a_variant_overrides_the_layout_and_is_recorded(state: State, tmp_path: Path) -> None:
    path = saved(state, tmp_path / "weights.pth")
    wishes = {
        "first_padding": "1",
        "align_corners": "false",
        "pyramid_bins": "1,2,4,8",
        "order": "bgr",
        "std": "1,1,1",
    }
    found = load(path, variant=wishes)
    variant = from_spelled(found.info.variant)
    assert (variant.first_padding, variant.pyramid_bins) == ("1", (1, 2, 4, 8))
    assert not variant.output_align_corners
    assert not found.info.align_corners
    assert found.info.preprocessing.order == "bgr"
    assert found.info.preprocessing.std == (1.0, 1.0, 1.0)
    assert "first_padding=1, as --variant says." in found.assumptions


@pytest.mark.parametrize(
    "wish",
    [{"pyramid_kernel": "3"}, {"pyramid_bins": "1,2,3"}, {"fusion_depthwise": "false"}, {"biased": ""}],
)
def test_a_variant_that_contradicts_the_shapes_is_refused(
    wish: dict[str, str], state: State, tmp_path: Path
) -> None:
    with pytest.raises(VariantError, match="contradicts the checkpoint's tensors"):
        load(saved(state, tmp_path / "weights.pth"), variant=wish)


def test_a_pyramid_of_other_branches_is_found_where_the_user_says_so(tmp_path: Path) -> None:
    state = {key: value for key, value in state_of("nodyfn").items() if not key.startswith("ppm.branches.3.")}
    state["ppm.fusion.0.weight"] = state["ppm.fusion.0.weight"][:, :224].clone()
    path = saved({"model_state_dict": state}, tmp_path / "weights.pth")
    with pytest.raises(LayoutError, match="misshapen"):
        load(path)
    found = load(path, variant={"pyramid_bins": "1,2,4", "fusion_dilation": "1"})
    assert found.layout == "nodyfn"
    assert from_spelled(found.info.variant).pyramid_bins == (1, 2, 4)
    assert from_spelled(found.info.variant).fusion_dilation == 1
    assert "pyramid_bins=1,2,4, as --variant says." in found.assumptions


def test_the_simplified_networks_switches(tmp_path: Path) -> None:
    path = saved(state_of("simplified"), tmp_path / "weights.pth")
    network = load(path, variant={"output_stride": "8"}).network
    assert isinstance(network, Simplified)
    assert network.output_stride == 8
    assert network.fusion_relu
    bare = load(path, variant={"fusion_relu": "false"})
    assert isinstance(bare.network, Simplified)
    assert not bare.network.fusion_relu
    assert bare.info.variant == {"output_stride": "1", "fusion_relu": "false"}
    assert "fusion_relu=false, as --variant says." in bare.assumptions
    with pytest.raises(VariantError, match="simplified network has no switch"):
        load(path, variant={"relu6": "true"})


# --- what does not fit


def test_missing_extra_and_misshapen_tensors_are_named_and_counted(state: State, tmp_path: Path) -> None:
    broken = dict(state)
    del broken["feature_fusion.dwconv.conv.0.weight"]
    broken["surplus.weight"] = torch.zeros(2)
    broken["classifier.dsconv1.conv.0.weight"] = torch.zeros(128, 1, 5, 5)
    with pytest.raises(LayoutError) as caught:
        load(saved(broken, tmp_path / "weights.pth"))
    assert "1 tensor missing (feature_fusion.dwconv.conv.0.weight)" in caught.value.message
    assert "classifier.dsconv1.conv.0.weight is 128x1x5x5, not 128x1x3x3" in caught.value.message
    assert "1 tensor too many (surplus.weight)" in caught.value.message
    assert "tramac" in caught.value.message


def test_another_layout_than_asked_for_is_refused_with_the_right_one(state: State, tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="leave --layout out") as caught:
        load(saved(state, tmp_path / "weights.pth"), layout="nodyfn")
    assert "--layout tramac" in caught.value.remedy


def test_another_network_is_told_so(tmp_path: Path) -> None:
    other = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 2)).state_dict()
    with pytest.raises(LayoutError, match="another network"):
        load(saved(other, tmp_path / "weights.pth"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused_by_name(value: float, state: State, tmp_path: Path) -> None:
    broken = {**state, "classifier.conv.1.bias": torch.full((11,), value)}
    with pytest.raises(CheckpointError, match=r"NaN or infinity in 1 tensor \(classifier\.conv\.1\.bias\)"):
        load(saved(broken, tmp_path / "weights.pth"))


def test_integers_where_weights_belong_are_refused(state: State, tmp_path: Path) -> None:
    broken = {**state, "classifier.conv.1.weight": torch.ones(11, 128, 1, 1, dtype=torch.int8)}
    with pytest.raises(LayoutError, match="int8"):
        load(saved(broken, tmp_path / "weights.pth"))


# --- our own file


def test_the_embedded_network_is_ours_and_says_whether_it_is_trained() -> None:
    found = load()
    assert found.layout == "fastscnn"
    assert found.info.classes[:4] == ("Sky", "Building", "Pole", "Road")
    assert found.info.size == (360, 480)
    assert found.info.trained or "untrained" in found.info.notes
    assert found.assumptions == found.warnings == ()


def test_our_own_file_keeps_everything_and_is_the_same_bytes_twice(state: State, tmp_path: Path) -> None:
    first = load(saved(state, tmp_path / "weights.pth"), variant={"order": "bgr"})
    info = replace(first.info, size=(256, 512), notes={"recipe": "none"})
    save(first.network, info, tmp_path / "a.safetensors")
    save(first.network, info, tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    again = load(tmp_path / "a.safetensors")
    assert again.info == replace(info, layout="fastscnn", checkpoint_sha256=again.sha256)
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor)


def test_our_own_simplified_file(tmp_path: Path) -> None:
    switches = {"output_stride": "8", "fusion_relu": "false"}
    first = load(saved(state_of("simplified"), tmp_path / "weights.pth"), variant=switches)
    save(first.network, first.info, tmp_path / "own.safetensors")
    again = load(tmp_path / "own.safetensors")
    assert again.layout == "simplified"
    assert again.info.variant == switches


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    found = load()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        save(found.network, found.info, tmp_path / "file" / "own.safetensors")
