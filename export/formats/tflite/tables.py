"""Writes flatbuffer tables that are given as plain values, by a list of their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers

from export.formats.tflite.metadata_schema import FIELDS

ALIGNMENT = 16


@dataclass(frozen=True)
class Table:
    """A table and its fields: text, bytes, a small number, floats, a table, or a list of tables."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def encode(table: Table, identifier: bytes) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(_table(builder, table), identifier)
    return bytes(builder.Output())


def _table(builder: Any, table: Table) -> int:
    slots = FIELDS[table.kind]
    unknown = set(table.fields) - set(slots)
    if unknown:
        raise KeyError(f"{table.kind} has no {sorted(unknown)}")
    # what a table points to must lie in the buffer before the table is begun
    placed = {
        name: value if isinstance(value, int) else _place(builder, value)
        for name, value in table.fields.items()
    }
    builder.StartObject(len(slots))
    for slot, name in enumerate(slots):
        value = table.fields.get(name)
        if isinstance(value, int):
            builder.PrependInt8Slot(slot, value, 0)
        elif value is not None:
            builder.PrependUOffsetTRelativeSlot(slot, placed[name], 0)
    return int(builder.EndObject())


def _place(builder: Any, value: Any) -> int:
    if isinstance(value, str):
        return int(builder.CreateString(value))
    if isinstance(value, Table):
        return _table(builder, value)
    if isinstance(value, bytes):
        return _vector(builder, value, 1, ALIGNMENT, builder.PrependUint8)
    if all(isinstance(item, float) for item in value):
        return _vector(builder, value, 4, 4, builder.PrependFloat32)
    return _vector(builder, [_place(builder, item) for item in value], 4, 4, builder.PrependUOffsetTRelative)


def _vector(builder: Any, items: Sequence[Any], width: int, alignment: int, prepend: Any) -> int:
    builder.StartVector(width, len(items), alignment)
    for item in reversed(items):
        prepend(item)
    return int(builder.EndVector())
