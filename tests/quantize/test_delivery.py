"""A file is whole, old or new, and other content is not replaced unasked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fastscnn.errors import OutputError
from quantize.delivery import deliver


def test_a_file_is_written_once_and_the_same_again_is_no_conflict(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    assert deliver(path, b"one", force=False) == hashlib.sha256(b"one").hexdigest()
    deliver(path, b"one", force=False)
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_other_content_stands_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"a\.bin exists and has other content"):
        deliver(path, b"other", force=False)
    assert path.read_bytes() == b"mine"
    deliver(path, b"other", force=True)
    assert path.read_bytes() == b"other"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "a.bin"
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be written"):
        deliver(folder, b"data", force=True)
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(OutputError, match="cannot be written"):
        deliver(tmp_path / "missing" / "a.bin", b"data", force=False)
