"""Class names and colours: known data sets, a file of one's own, made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscnn.data.classes import known, named, numbered, read
from fastscnn.errors import ClassesError


def test_known_numbers() -> None:
    counts = {count: table.names[0] for count in (11, 12, 19, 21) if (table := known(count)) is not None}
    assert counts == {11: "Sky", 12: "Sky", 19: "road", 21: "background"}
    assert known(7) is None


def test_camvids_colours_are_segnets() -> None:
    camvid = known(11)
    assert camvid is not None
    assert dict(zip(camvid.names, camvid.colors, strict=True)) == {
        "Sky": (128, 128, 128),
        "Building": (128, 0, 0),
        "Pole": (192, 192, 128),
        "Road": (128, 64, 128),
        "Pavement": (60, 40, 222),
        "Tree": (128, 128, 0),
        "SignSymbol": (192, 128, 128),
        "Fence": (64, 64, 128),
        "Car": (64, 0, 128),
        "Pedestrian": (64, 64, 0),
        "Bicyclist": (0, 128, 192),
    }


@pytest.mark.parametrize("count", [1, 5, 37, 150, 300])
def test_made_up_classes_are_distinct_and_always_the_same(count: int) -> None:
    made = numbered(count)
    assert len(set(made.colors)) == len(set(made.names)) == count
    assert made == numbered(count)


@pytest.mark.parametrize(
    "text",
    [
        "lane\ntraffic light 250 170 30\nMöwe\n",
        "lane\ntraffic light,250,170,30\nMöwe",
        "\ufefflane\r\ntraffic light;250;170;30\r\nMöwe\r\n\r\n",
    ],
)
def test_lines_with_and_without_colours(text: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(text, encoding="utf-8", newline="")
    found = read(tmp_path / "names.txt", 3)
    assert found.names == ("lane", "traffic light", "Möwe")
    assert found.colors[1] == (250, 170, 30)
    assert len(set(found.colors)) == 3


@pytest.mark.parametrize(
    "text",
    [
        '["lane", "car"]',
        '{"classes": ["lane", "car"]}',
        '[{"name": "lane"}, {"name": "car", "color": [1, 2, 3]}]',
        '{"lane": [9, 9, 9], "car": [1, 2, 3]}',
    ],
)
def test_json(text: str, tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text(text)
    assert read(tmp_path / "names.json").names == ("lane", "car")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "lists no classes"),
        (b"a\n\nb\n", "the name of class 2 is empty"),
        (b"a\nb\na\n", "lists a more than once"),
        (b"a\n\x1b[31mb\n", "control characters"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[1, 2]", "has no name"),
        (b'["a"', "is not"),
        (b'[{"name": "a", "color": [1, 2]}]', "colour of a"),
        (b'[{"name": "a", "color": [1, 2, 999]}]', "colour of a"),
    ],
)
def test_bad_files_are_told_in_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ClassesError, match=sentence):
        read(tmp_path / "names.txt")


def test_a_wrong_length_is_told_with_both_numbers(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a\nb\n")
    with pytest.raises(ClassesError, match="lists 2 classes, but the network has 19"):
        read(tmp_path / "names.txt", 19)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.txt", tmp_path):
        with pytest.raises(ClassesError, match="cannot be read"):
            read(path)


def test_given_colours_are_kept_apart_from_made_up_ones() -> None:
    first = numbered(1).colors[0]
    assert named(["a", "b"], [None, first]).colors[0] != first
