"""torch.save's two file formats, read without torch.load: zip archives, and the older chain of pickles."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from typing import Any

from fastscnn import bounded
from fastscnn.network.makers import ITEM_SIZES, STORAGES, Storage, resolver
from fastscnn.network.pickles import Budget, Maker, Resolve, unpickle
from fastscnn.network.stored import Damaged, Forbidden

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LARGEST_PICKLE = 64 << 20
"""Bytes of structure, beside the tensors."""
MOST_UNPACKED = 1 << 30
"""Bytes of all tensors that are read: many may be views of one that unpacks from nothing."""


class NotTorch(Exception):  # noqa: N818
    """A zip archive or a pickle, but not torch.save's; its message says what it is."""


def read_zip(data: bytes) -> Any:
    """What a zip file of torch.save (1.6 and newer) holds."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = {entry.filename: entry for entry in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Damaged("it is a zip archive whose end is missing or damaged") from error
    structure = next((name for name in sorted(names) if name.split("/", 1)[-1] == "data.pkl"), None)
    if structure is None:
        raise NotTorch("a zip archive, but torch.save did not write it")
    root = structure.removesuffix("data.pkl")
    if f"{root}constants.pkl" in names or any(name.startswith(f"{root}code/") for name in names):
        raise NotTorch("a TorchScript archive: a network with its code, not a checkpoint")

    def record(name: str, limit: int) -> bytes:
        if name not in names:
            raise Damaged(f"its record {name} is missing")
        entry = names[name]
        stored = entry.compress_type == zipfile.ZIP_STORED
        if entry.file_size > limit or (stored and entry.file_size > len(data)):
            raise Damaged(f"its record {name} claims to hold {entry.file_size} bytes")
        try:
            return archive.read(entry)
        except (
            zipfile.BadZipFile,
            EOFError,
            ValueError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise Damaged(f"its record {name} cannot be read ({error})") from error
        except Exception as error:  # zlib.error and its kin
            raise Damaged(f"its record {name} cannot be unpacked") from error

    if f"{root}byteorder" in names and record(f"{root}byteorder", 16) == b"big":
        raise Damaged("it was written on a big-endian machine")

    left = MOST_UNPACKED

    @lru_cache(maxsize=1)
    def storage(key: str) -> bytes:
        nonlocal left
        raw = record(f"{root}data/{key}", bounded.NETWORK)
        left -= len(raw)
        if left < 0:
            raise Damaged("its tensors unpack to more than a gigabyte")
        return raw

    def persistent(identity: Any) -> Storage:
        kind, key, count = _storage(identity)

        def fetch(wanted: int) -> bytes:
            return _enough(storage(key), max(wanted, 0), key)

        return Storage(kind, fetch) if count >= 0 else Storage(kind, lambda _: b"")

    budget = Budget()
    source = io.BytesIO(record(structure, LARGEST_PICKLE))
    return unpickle(source, _resolver(budget), persistent, budget)


def read_legacy(data: bytes, budget: Budget | None = None) -> Any:
    """What a file of torch.save before 1.6 holds, or a plain pickle of arrays."""
    budget = budget or Budget()
    stream = io.BytesIO(data)
    raws: dict[str, bytes] = {}
    types: dict[str, str] = {}

    def persistent(identity: Any) -> Storage:
        kind, key, _ = _storage(identity)
        types[key] = kind
        view = identity[5] if len(identity) > 5 else None
        first = view[1] if isinstance(view, tuple) and isinstance(view[1], int) else 0
        return Storage(kind, lambda wanted: _enough(raws.get(key, b""), wanted, key), first)

    first = unpickle(stream, _resolver(budget), persistent, budget)
    if first != LEGACY_MAGIC:
        return first
    for _ in ("protocol", "system"):
        unpickle(stream, _resolver(budget), persistent, budget)
    tree = unpickle(stream, _resolver(budget), persistent, budget)
    keys = unpickle(stream, _resolver(budget), persistent, budget)
    for key in [str(key) for key in keys if isinstance(key, str | int)] if isinstance(keys, list) else []:
        head = stream.read(8)
        size = int.from_bytes(head, "little") * ITEM_SIZES[types.get(key, "uint8")]
        if len(head) < 8 or size > len(data) - stream.tell():
            raise Damaged("it ends before its last tensor")
        raws[key] = stream.read(size)
    return tree


def _resolver(budget: Budget) -> Resolve:
    def nested(data: object = b"", *_: object) -> Any:
        return read_legacy(data, budget) if isinstance(data, bytes) else None

    # a plain pickle of a state dict holds small files of torch.save
    return resolver({"torch.storage._load_from_bytes": nested})


def _storage(identity: Any) -> tuple[str, str, int]:
    """Type, key and number of items, from torch's persistent identity of a storage."""
    if isinstance(identity, tuple) and identity[:1] == ("module",):
        named = next((part.name for part in identity if isinstance(part, Maker)), "a module's class")
        raise Forbidden(named)
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage":
        raise Damaged("it refers to something that is no storage")
    kind = identity[1].name.rpartition(".")[2] if isinstance(identity[1], Maker) else ""
    if kind.startswith("Q"):
        raise NotTorch("a quantized network's checkpoint: give the float one that it was made from")
    if kind not in STORAGES or not isinstance(identity[2], str | int):
        raise Damaged("it holds numbers of a type that is not read")
    if not isinstance(identity[4], int):
        raise Damaged("it declares a storage without a size")
    return STORAGES[kind], str(identity[2]), identity[4]


def _enough(raw: bytes, wanted: int, key: str) -> bytes:
    if len(raw) < wanted:
        raise Damaged(f"its storage {key} holds {len(raw)} bytes where a tensor needs {wanted}")
    return raw
