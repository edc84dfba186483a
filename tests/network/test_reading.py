"""Files of every kind: what is read, what is refused, and that nothing in them ever runs."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fastscnn.errors import CheckpointError, UnsafeCheckpointError
from fastscnn.network.checkpoint import load
from fastscnn.network.reading import read
from fastscnn.network.stored import StoredTensor
from tests.network.files import saved, state_of


class Calls:
    """Pickles into a call of any function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


HOSTILE: dict[str, Callable[[str], Any]] = {
    "os.system": lambda canary: Calls(os.system, f"touch {canary}"),
    "eval": lambda canary: Calls(eval, f"open({canary!r}, 'w')"),
    "exec": lambda canary: Calls(exec, f"open({canary!r}, 'w')"),
    "open": lambda canary: Calls(open, canary, "w"),
    "getattr": lambda canary: Calls(getattr, dict, "fromkeys"),
    "nested": lambda canary: {"state_dict": {"a": [(Calls(os.system, f"touch {canary}"),)]}},
    "torch.load": lambda canary: Calls(torch.load, canary),
    "import": lambda canary: Calls(__import__, "this"),
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", ["zip", "legacy", "pickle0", "pickle2", "pickle4"])
def test_nothing_in_a_file_is_executed(hostile: str, form: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    content = {"state_dict": {"w": torch.zeros(1)}, "extra": HOSTILE[hostile](str(canary))}
    path = tmp_path / "weights.pth"
    if form.startswith("pickle"):
        path.write_bytes(pickle.dumps(content["extra"], protocol=int(form[-1])))
    else:
        saved(content, path, old=form == "legacy")
    with pytest.raises(UnsafeCheckpointError) as caught:
        load(path)
    assert not canary.exists()
    assert "torch.save(model.state_dict()" in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_the_name_of_what_would_have_run_is_told(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Calls(os.system, "true")))
    with pytest.raises(UnsafeCheckpointError, match=r"names (posix|nt)\.system"):
        load(path)


@pytest.mark.parametrize("old", [False, True], ids=["zip", "legacy"])
def test_a_whole_pickled_network_is_refused_with_how_to_save_again(old: bool, tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1))
    with pytest.raises(UnsafeCheckpointError, match="whole pickled network") as caught:
        load(saved(network, tmp_path / "weights.pth", old=old))
    assert "torch.save(model.state_dict()" in caught.value.remedy


def history_class(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """As mmengine's, whose instances keep their class's own functions."""

    class HistoryBuffer:
        def __init__(self) -> None:
            self._log_history = np.arange(3.0)
            self.statistics_methods = {"mean": HistoryBuffer.mean}

        def mean(self) -> float:
            return 0.0

    name = "mmengine.logging.history_buffer"
    module = types.ModuleType(name)
    HistoryBuffer.__module__, HistoryBuffer.__qualname__ = name, "HistoryBuffer"
    HistoryBuffer.mean.__module__, HistoryBuffer.mean.__qualname__ = name, "HistoryBuffer.mean"
    module.HistoryBuffer = HistoryBuffer  # type: ignore[attr-defined]
    for package in ("mmengine", "mmengine.logging"):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    monkeypatch.setitem(sys.modules, name, module)
    return HistoryBuffer


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle2", "pickle4"])
def test_mmengines_history_is_passed_over(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = {"train/loss": history_class(monkeypatch)()}
    content = {"state_dict": state_of("mmseg"), "message_hub": {"log_scalars": history}}
    path = tmp_path / "iter.pth"
    if form.startswith("pickle"):
        path.write_bytes(pickle.dumps(content, protocol=int(form[-1])))
        # fewer opcodes than torch.save's: a method is named through getattr all the same
        assert b"getattr" in path.read_bytes() or form == "pickle4"
    else:
        saved(content, path, old=form == "legacy")
        assert b"getattr" in path.read_bytes()
    assert load(path).layout == "mmseg"


def test_a_method_that_a_pickle_names_cannot_be_called(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    path = tmp_path / "weights.pth"
    path.write_bytes(
        b"\x80\x02cbuiltins\ngetattr\ncpathlib\nPath\nX\x05\x00\x00\x00touch\x86R"
        + b"cpathlib\nPath\nX"
        + struct.pack("<I", len(str(canary)))
        + str(canary).encode()
        + b"\x85R\x85R."
    )
    with pytest.raises(CheckpointError, match="a call of something that is no function"):
        load(path)
    assert not canary.exists()


def test_states_cannot_be_set_on_what_is_no_object(tmp_path: Path) -> None:
    # GLOBAL collections.OrderedDict, then BUILD with a dictionary: would patch the class
    path = tmp_path / "weights.pth"
    path.write_bytes(b"\x80\x02ccollections\nOrderedDict\n}U\x01aU\x01bsb.")
    with pytest.raises(CheckpointError, match="damaged"):
        load(path)


def png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(64)


def plain_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return stream.getvalue()


NO_CHECKPOINTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "text": (b"hello\n" * 50, "a text file"),
    "web page": (b"<!DOCTYPE html><html>", "a web page"),
    "picture": (png(), r"a picture \(PNG\)"),
    "photograph": (b"\xff\xd8\xff\xe0" + bytes(64), r"a picture \(JPEG\)"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "Git LFS pointer"),
    "gzip": (b"\x1f\x8b\x08" + bytes(64), "unpack it first"),
    "random": (bytes(range(7, 255)) * 20, "of no known type"),
    "zeros": (bytes(5000), "of no known type"),
    "zip": (plain_zip(), "torch.save did not write it"),
    "pickle without an end": (b"\x80\x02}q\x00", "cannot be read"),
    "list": (pickle.dumps([1, 2, 3]), "holds no tensors"),
    "number": (pickle.dumps(5), "holds no tensors"),
    "cut safetensors": (struct.pack("<Q", 500) + b'{"a": ', "ends within its header"),
    "safetensors of nonsense": (struct.pack("<Q", 9) + b'{"a": [1}', "header is damaged"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
}


@pytest.mark.parametrize("kind", NO_CHECKPOINTS)
def test_what_is_no_checkpoint_is_told_in_one_sentence(kind: str, tmp_path: Path) -> None:
    content, sentence = NO_CHECKPOINTS[kind]
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=sentence) as caught:
        load(path)
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no file"):
        load(tmp_path / "nothing.pth")
    with pytest.raises(CheckpointError, match="is a folder"):
        load(tmp_path)


@pytest.mark.parametrize("old", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.7, 0.999])
def test_a_file_cut_anywhere_is_refused(old: bool, share: float, tmp_path: Path) -> None:
    whole = saved(state_of("simplified"), tmp_path / "whole.pth", old=old).read_bytes()
    path = tmp_path / "cut.pth"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError):
        load(path)


def test_flipped_bytes_never_escape_as_other_errors(tmp_path: Path) -> None:
    for old in (False, True):
        whole = bytearray(
            saved({"model": state_of("simplified")}, tmp_path / "whole.pth", old=old).read_bytes()
        )
        path = tmp_path / "flipped.pth"
        for place in range(0, 4000, 37):
            damaged = bytearray(whole)
            damaged[place] ^= 0xFF
            path.write_bytes(damaged)
            # harmless damage still loads; any other error would end the test
            with contextlib.suppress(CheckpointError):
                load(path)


def test_torchscript_is_told_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "network.pt", "w") as archive:
        for record in ("data.pkl", "constants.pkl", "code/__torch__.py"):
            archive.writestr(f"network/{record}", b"")
    with pytest.raises(CheckpointError, match="TorchScript"):
        load(tmp_path / "network.pt")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("old", [False, True], ids=["zip", "legacy"])
def test_a_quantized_network_is_told_so(old: bool, tmp_path: Path) -> None:
    tensor = torch.quantize_per_channel(
        torch.ones(2, 3), torch.ones(2), torch.zeros(2).long(), 0, torch.qint8
    )
    path = saved({"classifier.conv.weight": tensor}, tmp_path / "weights.pth", old=old)
    with pytest.raises(CheckpointError, match="quantized network's checkpoint: give the float one"):
        load(path)


def test_a_plain_pickle_of_a_state_dict_is_read(tmp_path: Path) -> None:
    state = state_of("simplified")
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(dict(state)))
    head = load(path).network.state_dict()["classifier.conv.weight"]
    assert torch.equal(head, state["classifier.conv.weight"])


def test_gigantic_tensors_are_never_made(tmp_path: Path) -> None:
    vast = torch.zeros(1).expand(2**20, 2**20)
    content = {**state_of("simplified"), "classifier.conv.weight": vast}
    with pytest.raises(CheckpointError, match="1048576x1048576"):
        load(saved(content, tmp_path / "weights.pth"))


def test_a_zip_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a/data.pkl", "w") as record,
    ):
        for _ in range(80):
            record.write(bytes(1 << 20))
    with pytest.raises(CheckpointError, match="claims to hold"):
        load(path)


def test_declared_storages_beyond_the_file_are_refused(tmp_path: Path) -> None:
    class Vast:
        def __reduce__(self) -> Any:
            return (bytearray, (1 << 40,))

    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"a": Vast()}, protocol=2))
    # bytearray is harmless here: it is named, never made
    with pytest.raises(CheckpointError, match="holds no tensors"):
        load(path)


def test_deeply_nested_pickles_end_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".")
    with pytest.raises(CheckpointError):
        load(path)


def test_a_name_that_doubles_forty_times_is_never_written_out(tmp_path: Path) -> None:
    # a list of the same list twice, forty deep, where a module's name belongs
    doubled = b"]q\x00"
    for depth in range(40):
        doubled += b"](h%ch%ceq%c" % (depth, depth, depth + 1)
    path = tmp_path / "weights.pth"
    path.write_bytes(b"\x80\x04" + doubled + b"\x8c\x01a\x93.")
    with pytest.raises(CheckpointError, match="no text"):
        load(path)


def test_tensors_stay_in_the_file_until_they_are_asked_for(tmp_path: Path) -> None:
    contents = read(saved({"a": torch.arange(6.0).view(2, 3)}, tmp_path / "weights.pth"))
    stored = contents.tree["a"]
    assert isinstance(stored, StoredTensor)
    assert (stored.shape, stored.dtype) == ((2, 3), "float32")
    assert torch.equal(stored.read(), torch.arange(6.0).view(2, 3))
