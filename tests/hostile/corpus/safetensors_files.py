"""safetensors headers that lie: about their length, about where tensors lie, about what the network is."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.hostile.corpus.case import Case, Place

Change = Callable[[dict[str, Any]], None]
HEAD = "classifier.conv.weight"
HUGE = 1 << 62


def framed(header: str | bytes, body: bytes = b"", *, length: int | None = None) -> bytes:
    """A file of a header, whatever it says, and a body."""
    raw = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(raw) if length is None else length) + raw + body


def entry(**changes: Any) -> str:
    return json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **changes}})


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and body of a sound file."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _overlapping(header: dict[str, Any]) -> None:
    first = next(iter(header[name]["data_offsets"] for name in header if name != "__metadata__"))
    for name, value in header.items():
        if name != "__metadata__":
            size = value["data_offsets"][1] - value["data_offsets"][0]
            value["data_offsets"] = [first[0], first[0] + size]


def _offsets(*offsets: Any) -> Change:
    return lambda header: header[HEAD].update(data_offsets=list(offsets))


def _shape(*shape: Any) -> Change:
    return lambda header: header[HEAD].update(shape=list(shape))


def _described(**changes: Any) -> Change:
    """What our own file's description says, changed."""

    def change(header: dict[str, Any]) -> None:
        info = json.loads(header["__metadata__"]["info"])
        info.update(changes)
        header["__metadata__"]["info"] = json.dumps(info)

    return change


RAW: dict[str, bytes] = {
    "length-beyond-the-file": framed("{}", length=1 << 40),
    "length-of-2^64": framed("{}", length=(1 << 64) - 1),
    "length-0": framed("", b"{}"),
    "deeply-nested": framed('{"a":' + "[" * 200_000 + "]" * 200_000 + "}"),
    "infinite-offsets": framed(entry(data_offsets=[0, float("inf")]), bytes(4)),
    "nan-in-the-shape": framed(entry(shape=[float("nan")]), bytes(4)),
    "negative-offsets": framed(entry(data_offsets=[-8, -4]), bytes(4)),
    "backward-offsets": framed(entry(data_offsets=[4, 0]), bytes(4)),
    "text-for-offsets": framed(entry(data_offsets=["0", "4"]), bytes(4)),
    "offsets-of-2^80": framed(entry(data_offsets=[1 << 80, (1 << 80) + 4]), bytes(4)),
    "shape-of-2^60": framed(entry(shape=[1 << 30, 1 << 30]), bytes(4)),
    "negative-shape": framed(entry(shape=[-1, -1]), bytes(4)),
    "dtype-is-a-list": framed(entry(dtype=["F32"]), bytes(4)),
    "header-is-a-list": framed('{"a":[1,2]}'),
    "no-utf-8": framed(b'{"\xff\xfe": 1}'),
    "metadata-is-a-number": framed('{"__metadata__": 7}'),
    "ten-million-brackets": framed('{"a":[' + "[]," * 3_000_000 + "[]]}"),
}
CHANGED: dict[str, Change] = {
    "overlapping-tensors": _overlapping,
    "offsets-swapped-with-shape": _shape(128, 11, 1, 1),
    "head-far-outside": _offsets(HUGE, HUGE + 4),
    "head-of-2^62": _shape(HUGE, 128, 1, 1),
    "ten-megabyte-class": _described(classes=["x" * 10_000_000, *map(str, range(10))]),
    "class-with-escapes": _described(classes=["\x1b[2J\x1b]0;owned\x07", *map(str, range(10))]),
    "class-right-to-left": _described(classes=["sky\u202egpj.exe", *map(str, range(10))]),
    "class-with-lines": _described(classes=["road\nsky", *map(str, range(10))]),
    "classes-are-numbers": _described(classes=[*range(11)]),
    "classes-are-a-text": _described(classes="12345678901"),
    "colors-are-text": _described(colors=[["red", "green", "blue"]] * 11),
    "colors-beyond-bytes": _described(colors=[[1 << 40, -5, 0]] * 11),
    "size-of-2^40": _described(size=[1 << 40, 1 << 40]),
    "size-is-text": _described(size=["512", "1024"]),
    "size-is-negative": _described(size=[-512, -1024]),
    "mean-is-text": _described(preprocessing={"order": "rgb", "mean": ["a"] * 3, "std": ["b"] * 3}),
    "std-is-zero": _described(preprocessing={"order": "rgb", "mean": [0.0] * 3, "std": [0.0] * 3}),
    "order-is-unknown": _described(preprocessing={"order": "xyz", "mean": [0.0] * 3, "std": [1.0] * 3}),
    "variant-is-a-list": _described(variant=["padding", 1]),
    "layout-is-a-path": _described(layout="../../outside/secret"),
}


def twice(data: bytes) -> bytes:
    """One name for two tensors: which of them counts is every reader's own affair."""
    header, body = parts(data)
    text = json.dumps(header)
    return framed(text[:-1] + f", {json.dumps(HEAD)}: {json.dumps(header[HEAD])}" + "}", body)


def resealed(content: Mapping[str, str], arrays: Mapping[str, Any]) -> dict[str, str]:
    """A quantized file's texts with the digest that they now have: a digest is no signature."""
    from fastscnn.graph import file

    return {**content, "digest": file._digest(content, arrays)}


def _graph(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Callable[[Place], bytes]:
    """The embedded quantized network with its topology or description changed, digest and all."""

    def make(place: Place) -> bytes:
        from safetensors import safe_open
        from safetensors.numpy import save

        from export.source import embedded_quantized
        from fastscnn.graph import file

        with safe_open(embedded_quantized(), "numpy") as stored:
            content = json.loads(stored.metadata()[file.KEY])
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        topology, info = json.loads(content["graph"]), json.loads(content["info"])
        change(topology, info)
        content.update(graph=json.dumps(topology), info=json.dumps(info))
        return save(arrays, {file.KEY: json.dumps(resealed(content, arrays))})

    return make


def _node(kind: str, **attributes: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Of the first node of this kind, other attributes."""

    def change(topology: dict[str, Any], info: dict[str, Any]) -> None:
        next(node for node in topology["nodes"] if node[1] == kind)[3].update(attributes)

    return change


def _cycle(topology: dict[str, Any], info: dict[str, Any]) -> None:
    first = topology["nodes"][1]
    first[2] = [topology["nodes"][-1][0]]


GRAPHS: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "cycle": _cycle,
    "resize-by-a-billion": _node("resize", factor=10**9),
    "pad-by-a-billion": _node("conv", padding={"top": 10**9, "bottom": 10**9, "left": 0, "right": 0}),
    "stride-of-2^70": _node("conv", stride=[1 << 70, 1]),
    "bins-of-a-billion": _node("pool", bins=[10**9, 10**9]),
    "scale-of-infinity": lambda topology, info: topology["nodes"][3][4].update(scale=float("inf")),
    "size-of-2^40": lambda topology, info: info.update(size=[1 << 40, 1 << 40]),
    "class-with-escapes": lambda topology, info: info["classes"].__setitem__(0, "\x1b[2Jgone"),
    "ten-megabyte-class": lambda topology, info: info["classes"].__setitem__(0, "x" * 10_000_000),
    "nodes-are-numbers": lambda topology, info: topology.update(nodes=[1, 2, 3]),
    "name-with-escapes": lambda topology, info: topology["nodes"][1].__setitem__(0, "\x1b]0;owned\x07"),
}


def cases() -> list[Case]:
    own = [(name, _fixed(data)) for name, data in RAW.items()]
    own += [(name, _changed(change)) for name, change in CHANGED.items()]
    own.append(("one-name-twice", lambda place: twice(_embedded())))
    quantized = [(name, _graph(change)) for name, change in GRAPHS.items()]
    return [
        *(Case(f"safetensors/{name}", "checkpoint", _file(name, make)) for name, make in own),
        *(
            Case(f"quantized/{name}", "quantized", _file(name, make, ".int8.safetensors"))
            for name, make in quantized
        ),
    ]


def _embedded() -> bytes:
    from fastscnn.network.checkpoint import embedded

    return embedded().read_bytes()


def _fixed(data: bytes) -> Callable[[Place], bytes]:
    return lambda place: data


def _changed(change: Change) -> Callable[[Place], bytes]:
    def make(place: Place) -> bytes:
        header, body = parts(_embedded())
        change(header)
        return framed(json.dumps(header), body)

    return make


def _file(name: str, make: Callable[[Place], bytes], suffix: str = ".safetensors") -> Callable[[Place], Path]:
    def written(place: Place) -> Path:
        path = place.folder / f"{name.replace('^', '')}{suffix}"
        path.write_bytes(make(place))
        return path

    return written
