"""Flatbuffer tables from plain values, read back by the flatbuffers package."""

from __future__ import annotations

import pytest
from flatbuffers import number_types
from flatbuffers.table import Table as Reader

from export.formats.tflite.metadata_schema import FIELDS
from export.formats.tflite.tables import Table, encode


def root(data: bytes) -> Reader:
    return Reader(bytearray(data), int.from_bytes(data[:4], "little"))


def at(reader: Reader, kind: str, name: str) -> int:
    """Where a field's value lies, 0 where it has none."""
    offset = reader.Offset(4 + 2 * FIELDS[kind].index(name))
    return int(reader.Pos + offset) if offset else 0


def test_fields_lie_in_their_slots() -> None:
    data = encode(Table("AssociatedFile", {"name": "labels.txt", "type": 2}), b"M001")
    reader = root(data)
    assert data[4:8] == b"M001"
    assert reader.String(at(reader, "AssociatedFile", "name")) == b"labels.txt"
    assert reader.Get(number_types.Int8Flags, at(reader, "AssociatedFile", "type")) == 2
    assert at(reader, "AssociatedFile", "locale") == 0


def test_floats_keep_their_order() -> None:
    reader = root(encode(Table("NormalizationOptions", {"mean": [1.5, 2.0], "std": [4.0]}), b"M001"))
    start = reader.Vector(at(reader, "NormalizationOptions", "mean") - reader.Pos)
    assert [reader.Get(number_types.Float32Flags, start + 4 * i) for i in range(2)] == [1.5, 2.0]


def test_bytes_are_aligned_to_16() -> None:
    data = encode(Table("CustomMetadata", {"name": "x" * 7, "data": b"payload!"}), b"M001")
    assert data.index(b"payload!") % 16 == 0


def test_a_field_that_the_schema_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        encode(Table("ImageProperties", {"colour": 1}), b"M001")
