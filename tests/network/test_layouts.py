"""The public layouts: their tables, and every one of them through every wrapper."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fastscnn.errors import LayoutError
from fastscnn.network.checkpoint import load
from fastscnn.network.layouts import all_layouts, find, list_layouts
from tests.network.files import AUXILIARY, numpy_state, saved, state_of

NAMES = list(all_layouts())
FOUND = [name for name in NAMES if name not in ("xiaoyufenfei", "lzb863", "foxy", "panto")]
"""Layouts whose keys tell them; the others have tramac's."""
FAMILIES = {
    "tramac",
    "xiaoyufenfei",
    "lzb863",
    "foxy",
    "panto",
    "zacario",
    "leftthomas",
    "deepvoltaire",
    "nodyfn",
    "pytorchcv",
    "mmseg",
    "mmseg014",
    "mmseg06",
    "paddleseg",
    "simplified",
    "fastscnn",
}


def test_all_public_families_are_there() -> None:
    assert set(NAMES) >= FAMILIES


@pytest.mark.parametrize("name", FOUND)
def test_a_layout_is_found_by_its_keys_and_loaded_to_the_bit(name: str, tmp_path: Path) -> None:
    state = state_of(name)
    found = load(saved(state, tmp_path / "weights.pth"))
    assert found.layout == found.info.layout == name
    assert len(found.info.classes) == 5
    leaves = find(name).leaves
    loaded = found.network.state_dict()
    for module, theirs in found.names.items():
        for leaf in ("weight", "bias", "running_mean", "running_var"):
            if f"{module}.{leaf}" in loaded:
                key = f"{theirs.removesuffix('_1')}.{leaves.get(leaf, leaf)}"
                assert torch.equal(loaded[f"{module}.{leaf}"], state[key]), key
    assert not found.network.training
    assert found.warnings == ()


@pytest.mark.parametrize("name", FOUND)
def test_names_are_the_checkpoints_own_and_never_the_same(name: str, tmp_path: Path) -> None:
    state = state_of(name)
    names = load(saved(state, tmp_path / "weights.pth")).names
    assert len(set(names.values())) == len(names)
    assert {f"{theirs.removesuffix('_1')}.weight" for theirs in names.values()} <= set(state)


@pytest.mark.parametrize("name", ["xiaoyufenfei", "lzb863", "foxy", "panto"])
def test_relatives_of_tramac_are_asked_for_by_name(name: str, tmp_path: Path) -> None:
    path = saved(state_of("tramac"), tmp_path / "weights.pth")
    assert load(path).layout == "tramac"
    assert load(path, layout=name).layout == name


def test_xiaoyufenfei_subtracts_its_data_sets_mean(tmp_path: Path) -> None:
    camvid = load(
        saved(state_of("tramac", 11), tmp_path / "11.pth"), layout="xiaoyufenfei"
    ).info.preprocessing
    cityscapes = load(
        saved(state_of("tramac", 19), tmp_path / "19.pth"), layout="xiaoyufenfei"
    ).info.preprocessing
    assert camvid.std == cityscapes.std == (1.0, 1.0, 1.0)
    assert cityscapes.mean == (73.158325, 82.90902, 72.3924)
    # of CamVid's 468 training and validation images
    assert camvid.mean == (99.625, 103.33, 105.658)


@pytest.mark.parametrize("name", list(AUXILIARY))
def test_training_only_parts_may_be_there_or_not(name: str, tmp_path: Path) -> None:
    state = state_of(name)
    with_them = load(saved(state, tmp_path / "with.pth"))
    del state[AUXILIARY[name]]
    without = load(saved(state, tmp_path / "without.pth"))
    assert any("inference does not need" in line for line in with_them.assumptions)
    assert not any("inference does not need" in line for line in without.assumptions)
    assert with_them.network.state_dict().keys() == without.network.state_dict().keys()


def test_the_two_mmsegs_are_told_apart_by_their_shapes(tmp_path: Path) -> None:
    new = load(saved({"state_dict": state_of("mmseg")}, tmp_path / "new.pth"))
    old = load(saved({"state_dict": state_of("mmseg014")}, tmp_path / "old.pth"))
    assert (new.layout, old.layout) == ("mmseg", "mmseg014")
    assert old.info.variant["relu6"] == "true"
    assert old.info.variant["first_padding"] == "0"


def test_mmseg_06_names_its_projections_without_wrapping_them(tmp_path: Path) -> None:
    newer = state_of("mmseg014")
    state = {
        re.sub(
            r"(bottleneck\d\.\d\.conv)\.2\.(conv|bn)\.", lambda m: f"{m[1]}.{'23'[m[2] == 'bn']}.", key
        ): value
        for key, value in newer.items()
    }
    assert "backbone.global_feature_extractor.bottleneck3.2.conv.3.running_var" in state
    old = load(saved({"state_dict": state}, tmp_path / "old.pth"))
    new = load(saved({"state_dict": newer}, tmp_path / "new.pth"))
    assert old.layout == "mmseg06"
    assert old.info.variant == new.info.variant
    weights = new.network.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in old.network.state_dict().items())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_paddles_pickle_of_arrays_is_read_without_paddle(protocol: int, tmp_path: Path) -> None:
    state = state_of("paddleseg")
    arrays = numpy_state(state) | {"StructuredToParameterName@@": {"a": "conv2d_0.w_0"}}
    path = tmp_path / "model.pdparams"
    path.write_bytes(pickle.dumps(arrays, protocol=protocol))
    found = load(path)
    assert found.layout == "paddleseg"
    first = found.network.state_dict()["learning_to_downsample.conv.conv.weight"]
    assert torch.equal(first, state["learning_to_downsample.conv_bn_relu._conv.weight"])


def test_paddles_tensors_with_their_names_beside_them(tmp_path: Path) -> None:
    arrays = {key: ("conv2d_0.w_0", value) for key, value in numpy_state(state_of("paddleseg")).items()}
    path = tmp_path / "model.pdparams"
    path.write_bytes(pickle.dumps(arrays, protocol=4))
    assert load(path).layout == "paddleseg"


def test_safetensors_of_any_layout(tmp_path: Path) -> None:
    save_file(dict(state_of("nodyfn")), tmp_path / "weights.safetensors")
    assert load(tmp_path / "weights.safetensors").layout == "nodyfn"


def test_old_files_without_step_counters(tmp_path: Path) -> None:
    state = {key: v for key, v in state_of("tramac").items() if not key.endswith("num_batches_tracked")}
    assert load(saved(state, tmp_path / "weights.pth", old=True)).layout == "tramac"


def test_a_fork_without_the_fusions_biases_is_taken_and_said(tmp_path: Path) -> None:
    state = {key: v for key, v in state_of("tramac").items() if not key.endswith("er_res.0.bias")}
    found = load(saved(state, tmp_path / "weights.pth"))
    assert found.info.variant["biased"] == ""
    assert any("no bias" in line for line in found.assumptions)


def test_listing_needs_no_torch() -> None:
    code = (
        "import sys; from fastscnn.network.layouts import list_layouts; import fastscnn.network.variant;"
        "assert len(list_layouts()) > 10; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_layout_says_what_it_assumes() -> None:
    for row in list_layouts():
        assert row["source"]
        assert row["tell_tale"]
        assert all(line.endswith(".") for line in row["assumed"])
        assert row["assumed"]


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(LayoutError, match="Did you mean tramac"):
        find("tramak")


def test_other_names_that_people_give_a_layout() -> None:
    assert find("zacario-li") is find("Zacario")
