"""Zip archives that are not what they say: bombs, records that lead out, tensors larger than their bytes."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.hostile.corpus.case import Case, Place
from tests.hostile.corpus.pickles import STOP, named, text

MEGABYTE = bytes(1 << 20)


def bomb(place: Place) -> bytes:
    """80 MB of zeros in 80 kB, where the structure belongs."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a/data.pkl", "w") as out,
    ):
        for _ in range(80):
            out.write(MEGABYTE)
    return stream.getvalue()


def bomb_that_lies(place: Place) -> bytes:
    """The same, its directory saying that it holds 100 bytes."""
    content = bytearray(bomb(place))
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 100)
    local = content.find(b"PK\x03\x04")
    content[local + 22 : local + 26] = struct.pack("<I", 100)
    return bytes(content)


def storage_bomb(place: Place) -> bytes:
    return _storage_bomb()


@cache
def _storage_bomb() -> bytes:
    """A tensor whose storage unpacks to a gigabyte."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a/data.pkl", _state(tensor((256, 1 << 20), (1 << 20, 1), count=1 << 28)))
        with archive.open("a/data/0", "w", force_zip64=True) as out:
            for _ in range(1024):
                out.write(MEGABYTE)
    return stream.getvalue()


def zip_in_zip(place: Place) -> bytes:
    """Archives that hold archives, thirty deep."""
    inner = b"the end"
    for _ in range(30):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/data.pkl", inner)
        inner = stream.getvalue()
    return inner


def traversal(place: Place) -> bytes:
    """Records whose names lead out of the archive, and a storage that would be read there."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/data.pkl", _state(tensor((4,), (1,), key="../../outside/secret.bin")))
        archive.writestr("../../outside/victim.txt", b"overwritten")
        archive.writestr("/../canary", b"made")
    return stream.getvalue()


def thousands_of_records(place: Place) -> bytes:
    return _records()


@cache
def _records() -> bytes:
    """Sixty thousand records of nothing."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for place_in_it in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"a/data/{place_in_it}"), b"")
    return stream.getvalue()


def whole_file_as_comment(place: Place) -> bytes:
    """An end of directory that points before the file's beginning."""
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 0xFFFFFFF0, 0xFFFFFFF0, 0)


def tensor(
    size: tuple[int, ...],
    stride: tuple[int, ...],
    *,
    offset: int = 0,
    count: int = 4,
    key: str = "0",
) -> bytes:
    """A tensor on the stack, in torch.save's own words."""
    storage = (
        b"(" + text("storage") + named("torch.FloatStorage") + text(key) + text("cpu") + number(count) + b"tQ"
    )
    return (
        named("torch._utils._rebuild_tensor_v2")
        + b"("
        + storage
        + number(offset)
        + numbers(size)
        + numbers(stride)
        + b"\x89"
        + named("collections.OrderedDict")
        + b")Rt"
        + b"R"
    )


def number(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def _state(value: bytes, key: str = "classifier.conv.weight") -> bytes:
    return b"\x80\x02}" + text(key) + value + b"s" + STOP


def _archived(structure: bytes, storage: bytes = bytes(16)) -> Callable[[Place], bytes]:
    def make(place: Place) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a/data.pkl", structure)
            archive.writestr("a/data/0", storage)
        return stream.getvalue()

    return make


def network_with(weights: bytes) -> Callable[[Place], bytes]:
    """A whole, sound network but for its last convolution."""

    def make(place: Place) -> bytes:
        from fastscnn.network.checkpoint import load

        state = load().network.state_dict()
        body, stream = b"", io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for place_in_it, (name, value) in enumerate(state.items(), 1):
                if value.dtype.is_floating_point and not name.startswith("classifier.conv."):
                    shape = tuple(value.shape)
                    body += text(name) + tensor(
                        shape, value.stride(), count=value.numel(), key=str(place_in_it)
                    )
                    archive.writestr(f"a/data/{place_in_it}", value.numpy().tobytes())
            archive.writestr("a/data/0", bytes(16))
            archive.writestr("a/data.pkl", b"\x80\x02}(" + body + weights + b"u.")
        return stream.getvalue()

    return make


def head(size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """The last convolution's weights and biases."""
    bias = tensor((size[0],), (0,))
    return text("classifier.conv.weight") + tensor(size, stride) + text("classifier.conv.bias") + bias


def legacy_that_declares_more(place: Place) -> bytes:
    """torch.save's older form, whose storage claims more bytes than the file has."""
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    storage = (
        b"(" + text("storage") + named("torch.FloatStorage") + text("0") + text("cpu") + number(4) + b"NtQ"
    )
    rebuilt = (
        named("torch._utils._rebuild_tensor") + b"(" + storage + number(0) + numbers((4,)) + numbers((1,))
    )
    keys = pickle.dumps(["0"], 2)
    return (
        magic + pickle.dumps(1001, 2) + pickle.dumps({}, 2) + _state(rebuilt + b"tR") + keys
    ) + struct.pack("<Q", 1 << 60)


FILES: dict[str, Callable[[Place], bytes]] = {
    "bomb": bomb,
    "bomb-that-lies": bomb_that_lies,
    "storage-bomb": storage_bomb,
    "zip-in-zip": zip_in_zip,
    "path-traversal": traversal,
    "sixty-thousand-records": thousands_of_records,
    "directory-before-the-file": whole_file_as_comment,
    "2^60-elements": _archived(_state(tensor((1 << 30, 1 << 30), (0, 0)))),
    "2^80-elements": _archived(_state(tensor((1 << 80,), (1,)))),
    "negative-shape": _archived(_state(tensor((-4, -1), (1, 1)))),
    "negative-offset": _archived(_state(tensor((4,), (1,), offset=-1))),
    "offset-beyond-the-storage": _archived(_state(tensor((4,), (1,), offset=1 << 40))),
    "thousand-dimensions": _archived(_state(tensor((1,) * 1000, (1,) * 1000))),
    "head-larger-than-its-storage": network_with(head((19, 128, 1, 1), (128, 1, 1, 1))),
    "head-of-overlapping-strides": network_with(head((64, 128, 1, 1), (0, 0, 0, 0))),
    "head-of-a-billion-classes": network_with(head((1 << 30, 128, 1, 1), (0, 0, 0, 0))),
    "head-with-huge-strides": network_with(head((11, 128, 1, 1), (1 << 40, 1 << 30, 1, 1))),
    "legacy-storage-beyond-the-file": legacy_that_declares_more,
}
ACCEPTED = ("head-of-overlapping-strides",)
"""A view of one number many times is a network, if a useless one."""


def cases() -> list[Case]:
    return [
        Case(f"archive/{name}", "checkpoint", _file(name, make), harmless=name in ACCEPTED)
        for name, make in FILES.items()
    ]


def _file(name: str, make: Callable[[Place], bytes]) -> Callable[[Place], Path]:
    def written(place: Place) -> Path:
        path = place.folder / f"{name.replace('^', '')}.pth"
        path.write_bytes(make(place))
        return path

    return written
