"""A checkpoint's file, whatever wrote it: told by its first bytes, read without running anything."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastscnn import bounded
from fastscnn.errors import CheckpointError, UnsafeCheckpointError
from fastscnn.network.makers import ITEM_SIZES, LARGEST_RANK
from fastscnn.network.stored import Damaged, Forbidden, StoredTensor, printable
from fastscnn.network.torch_files import NotTorch, read_legacy, read_zip

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_HEADER = 8 << 20
"""A thousand times what a network needs; a header of brackets takes twenty times its length in memory."""
RESAVE = "In the project that made it, run torch.save(model.state_dict(), 'weights.pth') and give that file."
EXPECTED = "Give a checkpoint: .pth, .pt, .ckpt, .tar, .safetensors or .pdparams."
AGAIN = "Copy or download it again."
SAFETENSORS_TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
MAGICS = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"BM", "a picture (BMP)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"RIFF", "a picture, sound or film (RIFF)"),
    (b"\x89HDF", "an HDF5 file (Keras?)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed with xz: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
)


@dataclass(frozen=True)
class FileContents:
    """What a file holds: nested dictionaries whose leaves are tensors still in it, and its digest."""

    tree: Any
    sha256: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    """A safetensors file's own description."""


def read(path: Path) -> FileContents:
    """The contents of any checkpoint that can be read without running code."""
    data = _bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    try:
        if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
            return FileContents(read_zip(data), digest)
        if _is_safetensors(data):
            tree, metadata = _safetensors(data)
            return FileContents(tree, digest, metadata)
        if _is_pickle(data):
            return FileContents(read_legacy(data), digest)
    except NotTorch as error:
        raise CheckpointError(f"{path} is {error}.", RESAVE) from error
    except Forbidden as error:
        raise _unsafe(path, data, error.name) from error
    except Damaged as error:
        # a text may begin as a pickle of the oldest protocols does
        if data[:1] == b"\x80" or not _is_pickle(data):
            raise CheckpointError(f"{path} cannot be read: {error}.", AGAIN) from error
    except (RecursionError, MemoryError) as error:
        raise CheckpointError(
            f"{path} cannot be read: it is nested or sized beyond reason.", AGAIN
        ) from error
    raise CheckpointError(f"{path} is no checkpoint: it is {_kind(data)}.", EXPECTED)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise CheckpointError(f"{path} is a folder, not a checkpoint's file.", "Name a file in it.")
        if not path.exists():
            raise CheckpointError(f"There is no file {path}.", "Check the path.")
        if path.is_file() and path.stat().st_size > bounded.NETWORK:
            raise CheckpointError(
                f"{path} is larger than {bounded.NETWORK >> 20} MiB; a Fast-SCNN's checkpoint has a few MB.",
                "Save the state dict alone: torch.save(model.state_dict(), 'weights.pth').",
            )
        data = bounded.read(path, bounded.NETWORK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(
            f"{path} cannot be read: {reason}.", "Check the path and its permissions."
        ) from error
    if not data:
        raise CheckpointError(f"{path} is empty.", AGAIN)
    return data


def _unsafe(path: Path, data: bytes, name: str) -> UnsafeCheckpointError:
    # a zip's structure is stored, not compressed: its names can be seen
    whole = b"torch.nn.modules" in data
    what = "is a whole pickled network, not only its weights" if whole else "would run code when loaded"
    return UnsafeCheckpointError(f"{path} {what}: it names {printable(name)}. Nothing in it was run.", RESAVE)


def _kind(data: bytes) -> str:
    """What a file is that is no checkpoint."""
    if data.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, which stands for the file: run `git lfs pull` where it came from"
    for magic, kind in MAGICS:
        if data.startswith(magic):
            return kind
    if data[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    if data[4:8] == b"TFL3":
        return "a TFLite model, which has no parameters by name"
    head = data[:4096]
    if head.lstrip()[:1] == b"<":
        return "a web page: perhaps the page was saved instead of the download"
    try:
        head[: len(head) - 3].decode("utf-8")
    except UnicodeDecodeError:
        return "of no known type"
    return "of no known type" if b"\x00" in head else "a text file"


def _is_safetensors(data: bytes) -> bool:
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") < LARGEST_HEADER


def _is_pickle(data: bytes) -> bool:
    """Of any protocol: the first two have no number."""
    old = data[:1] in (b"(", b"]", b"}", b"c") and data.rstrip()[-1:] == b"."
    return old or (data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"))


def _safetensors(data: bytes) -> tuple[dict[str, StoredTensor], dict[str, str]]:
    """A safetensors file: a JSON header, then the tensors' bytes."""
    length = int.from_bytes(data[:8], "little")
    if length > len(data) - 8:
        raise Damaged("it ends within its header")
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_table)
        metadata = {str(k): str(v) for k, v in header.pop("__metadata__", {}).items()}
        _apart(header)
        tree = {name: _entry(name, entry, data, 8 + length) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Damaged(f"its header is damaged ({error})") from error
    return tree, metadata


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("it has a name twice")
    return table


def _apart(header: Mapping[str, Any]) -> None:
    """Tensors lie one after the other: bytes of two are a trick, or a mistake."""
    end = 0
    for first, last in sorted(tuple(map(_whole, entry["data_offsets"])) for entry in header.values()):
        if first < end and last > first:
            raise ValueError("two of its tensors overlap")
        end = max(end, last)


def _whole(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no place or size")
    return number


def _entry(name: str, entry: Mapping[str, Any], data: bytes, start: int) -> StoredTensor:
    dtype = SAFETENSORS_TYPES.get(entry["dtype"], "")
    shape = tuple(_whole(n) for n in entry["shape"])
    first, end = (start + offset for offset in entry["data_offsets"])
    if len(shape) > LARGEST_RANK:
        raise Damaged(f"its tensor {printable(name)} has {len(shape)} dimensions")
    count = math.prod(shape)
    if not start <= first <= end or end > len(data):
        raise Damaged(f"it ends before its tensor {printable(name)}")
    if dtype and count * ITEM_SIZES[dtype] != end - first:
        raise Damaged(f"the bytes of its tensor {printable(name)} do not fit its shape")

    def read_tensor() -> Tensor:
        import torch

        if not dtype:
            raise Damaged(
                f"its tensor {printable(name)} is of the unknown type {printable(str(entry['dtype']))}"
            )
        if not count:
            return torch.empty(shape, dtype=getattr(torch, dtype))
        return torch.frombuffer(bytearray(data[first:end]), dtype=getattr(torch, dtype)).reshape(shape)

    return StoredTensor(shape, dtype, read_tensor)
