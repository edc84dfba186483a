"""Pickles that would run something: each payload in each of the opcodes that import and call."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.corpus.case import Case, Place

STOP = b"."


class Calls:
    """Pickles into a call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def text(value: str) -> bytes:
    """A text on the stack, as protocol 2 spells it."""
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def named(name: str) -> bytes:
    """A global on the stack."""
    module, _, attribute = name.rpartition(".")
    return f"c{module}\n{attribute}\n".encode()


def touch(place: Place) -> bytes:
    return text(f"touch {place.canary}")


def code(place: Place) -> bytes:
    return text(f"open({str(place.canary)!r}, 'w').close()")


def nested_lists(depth: int) -> bytes:
    return b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + STOP


def copied_lists(length: int, copies: int) -> bytes:
    """A long list, and a tuple of many calls that would each copy it."""
    call = named("builtins.list") + b"h\x00\x85R"
    return b"\x80\x02]q\x00(" + b"N" * length + b"e0](" + call * copies + b"e" + STOP


def russian_doll(depth: int, width: int) -> bytes:
    """Small pickles inside pickles: each holds `width` of the next, `depth` deep."""
    doll = b"\x80\x02N."
    for _ in range(depth):
        call = named("torch.storage._load_from_bytes") + b"h\x00\x85R0"
        doll = b"\x80\x04B" + struct.pack("<I", len(doll)) + doll + b"q\x00" + call * width + STOP
    return doll


def colliding_keys(count: int) -> bytes:
    """A dictionary whose keys all have one hash: each insertion would look at all the others."""
    modulus = (1 << 61) - 1
    table = {key * modulus: None for key in range(1, 3)}
    assert len({hash(key) for key in table}) == 1
    items = b"".join(
        b"\x8a" + bytes([len(raw)]) + raw + b"N"
        for raw in ((key * modulus).to_bytes(12, "little") for key in range(1, count + 1))
    )
    return b"\x80\x02}(" + items + b"u."


def assembled(place: Place) -> dict[str, bytes]:
    """Payloads that no pickler writes, opcode by opcode."""
    memoized = text("unused") + b"q\x00"
    return {
        "reduce-os-system": b"\x80\x02" + named("posix.system") + touch(place) + b"\x85R.",
        "reduce-exec": b"\x80\x02" + named("builtins.exec") + code(place) + b"\x85R.",
        "inst-os-system": b"(S" + repr(f"touch {place.canary}").encode() + b"\nios\nsystem\n.",
        "obj-os-system": b"\x80\x02(" + named("os.system") + touch(place) + b"o.",
        "newobj-popen": b"\x80\x02" + named("subprocess.Popen") + touch(place) + b"\x85\x81.",
        "stack-global": b"\x80\x04" + text("os") + text("system") + b"\x93" + touch(place) + b"\x85R.",
        "stack-global-from-memo": b"\x80\x04" + memoized + text("os") + b"\x94" + text("system") + b"\x94"
        b"h\x01h\x02\x93" + touch(place) + b"\x85R.",
        "dotted-global": b"\x80\x04" + text("torch") + text("os.system") + b"\x93" + touch(place) + b"\x85R.",
        "python-2-name": b"\x80\x02" + named("__builtin__.eval") + code(place) + b"\x85R.",
        "extension-code": b"\x80\x02\x82\x01" + touch(place) + b"\x85R.",
        "getattr-chain": b"\x80\x02" + named("builtins.getattr") + named("mmengine.config.Config")
        + text("__init__") + b"\x86R" + named("builtins.getattr") + named("os") + text("system") + b"\x86R.",
        "build-setstate": b"\x80\x02" + named("collections.OrderedDict") + b")R}" + text("__setstate__")
        + named("os.system") + b"sb" + touch(place) + b"b.",
        "build-on-a-class": b"\x80\x02" + named("argparse.Namespace") + b"}" + text("__reduce__")
        + named("os.system") + b"sb.",
        "persistent-id": b"\x80\x02" + text("module") + named("os.system") + touch(place) + b"\x87Q.",
        "torch-load": b"\x80\x02" + named("torch.serialization.load")
        + text(str(place.outside / "secret.bin")) + b"\x85R.",
        "load-from-bytes": b"\x80\x02" + named("torch.storage._load_from_bytes")
        + b"U" + bytes([len(inner := b"cos\nabort\n)R.")]) + inner + b"\x85R.",
        "jit-import": b"\x80\x02" + named("torch.jit._script.unpackage_script_module") + b")R.",
        "numpy-load": b"\x80\x02" + named("numpy.load") + text(str(place.outside / "secret.bin")) + b"\x85R.",
        "nested-a-million-deep": nested_lists(1_000_000),
        "copies-of-a-long-list": copied_lists(500_000, 500_000),
        "pickles-in-pickles": russian_doll(7, 30),
        "colliding-keys": colliding_keys(60_000),
        "an-endless-number": b"\x80\x02\x8b" + struct.pack("<I", 3_000_000) + b"\x7f" * 3_000_000 + STOP,
        "marks-alone": b"\x80\x02" + b"(" * 100_000 + STOP,
        "pops-below-the-stack": b"\x80\x02" + b"0" * 10 + STOP,
        "memo-from-nowhere": b"\x80\x02h\x05.",
    }  # fmt: skip


def pickled(place: Place) -> dict[str, Any]:
    """Payloads that Python's own pickler writes."""
    canary = str(place.canary)
    connect = f"import socket; socket.create_connection(('127.0.0.1', {place.port}), 2)"
    return {
        "os-system": Calls(os.system, f"touch {canary}"),
        "subprocess": Calls(subprocess.check_output, ["touch", canary]),
        "eval": Calls(eval, f"open({canary!r}, 'w').close()"),
        "exec": Calls(exec, f"open({canary!r}, 'w').close()"),
        "open": Calls(open, canary, "w"),
        "network": Calls(exec, connect),
        "import": Calls(__import__, "antigravity"),
        "deep-inside": {"state_dict": {"epoch": [({"hook": Calls(os.system, f"touch {canary}")},)]}},
    }


def _written(name: str, content: bytes, suffix: str) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / f"{name}{suffix}"
        path.write_bytes(content)
        return path

    return make


def _assembled(name: str, suffix: str) -> Callable[[Place], Path]:
    return lambda place: _written(name, assembled(place)[name], suffix)(place)


def _saved(name: str, form: str) -> Callable[[Place], Path]:
    """As torch.save writes it, in its zip archive or the older chain of pickles; or as a plain pickle."""

    def make(place: Place) -> Path:
        content = pickled(place)[name]
        path = place.folder / f"{name}.{'pdparams' if form == 'pickle' else 'pth'}"
        if form == "pickle":
            path.write_bytes(pickle.dumps(content, protocol=2))
            return path
        import torch

        state = {"state_dict": {"w": torch.zeros(1)}, "extra": content}
        torch.save(state, path, _use_new_zipfile_serialization=form == "zip")
        return path

    return make


def cases() -> list[Case]:
    nowhere = Place(Path(), Path("canary"), Path("outside"))
    return [
        *(Case(f"pickle/{name}", "checkpoint", _assembled(name, ".pth")) for name in assembled(nowhere)),
        *(
            Case(f"pickle/{form}/{name}", "checkpoint", _saved(name, form))
            for name in pickled(nowhere)
            for form in ("zip", "legacy", "pickle")
        ),
    ]
