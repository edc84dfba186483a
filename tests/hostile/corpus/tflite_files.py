"""Flatbuffers that point at themselves, out of the file, or at more than it holds."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.corpus import sound
from tests.hostile.corpus.case import Case, Place

Damage = Callable[[bytearray], None]
Change = Callable[[Any], None]
SUBGRAPHS, BUFFERS, OPERATOR_CODES = 2, 4, 1
"""Fields of a model's table, by their number."""


def u32(data: bytearray, place: int, value: int | None = None) -> int:
    """A number of the file; with a value, another one from now on."""
    if value is not None:
        struct.pack_into("<I", data, place, value & 0xFFFFFFFF)
    return int(struct.unpack_from("<I", data, place)[0])


def field(data: bytearray, number: int) -> int:
    """Where a field of the model's table lies."""
    root = u32(data, 0)
    table = root - struct.unpack_from("<i", data, root)[0]
    return root + int(struct.unpack_from("<H", data, table + 4 + 2 * number)[0])


def vector(data: bytearray, number: int) -> int:
    """Where a vector of the model begins: at its length."""
    place = field(data, number)
    return place + u32(data, place)


def _root_at_itself(data: bytearray) -> None:
    u32(data, 0, 0)


def _root_outside(data: bytearray) -> None:
    u32(data, 0, 0x7FFFFFF0)


def _vtable_outside(data: bytearray) -> None:
    struct.pack_into("<i", data, u32(data, 0), -0x7FFFFF00)


def _vtable_of_huge_offsets(data: bytearray) -> None:
    root = u32(data, 0)
    table = root - struct.unpack_from("<i", data, root)[0]
    for number in range(2, 8):
        struct.pack_into("<H", data, table + 2 * number, 0xFFFC)


def _long(number: int) -> Damage:
    def damage(data: bytearray) -> None:
        u32(data, vector(data, number), 0x3FFFFFFF)

    return damage


def _subgraph_at_the_model(data: bytearray) -> None:
    """The only subgraph is the model itself: a cycle."""
    place = vector(data, SUBGRAPHS) + 4
    u32(data, place, u32(data, 0) - place)


def _endless_buffers(data: bytearray) -> None:
    """Every buffer is the first buffers' vector."""
    start = vector(data, BUFFERS)
    for index in range(u32(data, start)):
        place = start + 4 + 4 * index
        u32(data, place, start - place)


DAMAGED: dict[str, Damage] = {
    "root-at-itself": _root_at_itself,
    "root-outside": _root_outside,
    "vtable-outside": _vtable_outside,
    "vtable-of-huge-offsets": _vtable_of_huge_offsets,
    "billion-subgraphs": _long(SUBGRAPHS),
    "billion-buffers": _long(BUFFERS),
    "billion-operators": _long(OPERATOR_CODES),
    "subgraph-is-the-model": _subgraph_at_the_model,
    "buffers-are-their-vector": _endless_buffers,
}


def _tensor_of(*shape: int) -> Change:
    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.tensors[graph.inputs[0]].shape = list(shape)

    return change


def _operators_in_a_circle(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.operators[0].inputs = [graph.operators[-1].outputs[0], *graph.operators[0].inputs[1:]]


def _operator(name: str) -> Change:
    """The first operation is another one."""

    def change(model: Any) -> None:
        from ai_edge_litert import schema_py_generated as schema

        code = model.operatorCodes[model.subgraphs[0].operators[0].opcodeIndex]
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode = b"RunShell" if name == "CUSTOM" else None

    return change


def _indices(number: int) -> Change:
    def change(model: Any) -> None:
        operator = model.subgraphs[0].operators[3]
        operator.inputs = [number, *operator.inputs[1:]]

    return change


def _resize_to(size: int) -> Change:
    def change(model: Any) -> None:
        import numpy as np

        graph = model.subgraphs[0]
        for operator in graph.operators:
            tensors = [graph.tensors[index] for index in operator.inputs]
            if len(tensors) == 2 and list(tensors[1].shape) == [2]:
                buffer = model.buffers[tensors[1].buffer]
                buffer.data = np.frombuffer(np.array([size, size], np.int32).tobytes(), np.uint8)

    return change


def _described(text: bytes) -> Change:
    def change(model: Any) -> None:
        import numpy as np

        from export.formats.tflite.metadata import OURS

        for entry in model.metadata:
            if entry.name.decode() == OURS:
                model.buffers[entry.buffer].data = np.frombuffer(text, np.uint8)

    return change


CHANGED: dict[str, Change] = {
    "input-of-2^60": _tensor_of(1, 1 << 30, 1 << 30, 3),
    "input-of-nothing": _tensor_of(0, 0, 0, 0),
    "input-of-minus-one": _tensor_of(-1, -1, -1, -1),
    "operations-in-a-circle": _operators_in_a_circle,
    "custom-operation": _operator("CUSTOM"),
    "while": _operator("WHILE"),
    "call-once": _operator("CALL_ONCE"),
    "tensor-2^30": _indices(1 << 30),
    "tensor-minus-two": _indices(-2),
    "resize-to-2^30": _resize_to(1 << 30),
    "description-deeply-nested": _described(b"[" * 100_000),
    "description-no-text": _described(b"\xff" * 100),
}
RAW: dict[str, Callable[[], bytes]] = {
    "identifier-alone": lambda: b"\x10\0\0\0TFL3",
    "truncated": lambda: sound.file("tflite")[:4000],
    "truncated-at-the-end": lambda: sound.file("tflite")[:-200_000],
    "zeros": lambda: b"\x10\0\0\0TFL3" + bytes(100_000),
    "zip-appended-bomb": lambda: sound.file("tflite") + b"PK\x05\x06" + b"\xff" * 18,
}
ACCEPTED = ("zip-appended-bomb",)
"""What hangs on behind a flatbuffer is for other readers; ours do not open it."""


def cases() -> list[Case]:
    return [
        *(Case(f"tflite/{name}", "tflite", _damaged(name, damage)) for name, damage in DAMAGED.items()),
        *(Case(f"tflite/{name}", "tflite", _changed(name, change)) for name, change in CHANGED.items()),
        *(Case(f"tflite/{name}", "tflite", _raw(name, data), name in ACCEPTED) for name, data in RAW.items()),
    ]


def _damaged(name: str, damage: Damage) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        data = bytearray(sound.file("tflite"))
        damage(data)
        return _put(place, name, bytes(data))

    return make


def _changed(name: str, change: Change) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        from export.formats.tflite.flatbuffer import pack, unpack

        model = unpack(sound.file("tflite"))
        change(model)
        return _put(place, name, pack(model))

    return make


def _raw(name: str, data: Callable[[], bytes]) -> Callable[[Place], Path]:
    return lambda place: _put(place, name, data())


def _put(place: Place, name: str, data: bytes) -> Path:
    path = place.folder / f"{name.replace('^', '')}.tflite"
    path.write_bytes(data)
    return path
