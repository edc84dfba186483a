"""Files from anywhere: regular ones of a sane size, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastscnn import bounded


def test_a_files_bytes_and_its_text_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("\ufeffroad".encode())
    assert bounded.read(tmp_path / "a", 10) == b"\xef\xbb\xbfroad"
    assert bounded.text(tmp_path / "a", 10) == "road"


@pytest.mark.parametrize("largest", [0, 3])
def test_more_than_is_allowed_is_not_read(largest: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"road")
    with pytest.raises(OSError, match="more than 0 MiB"):
        bounded.read(tmp_path / "a", largest)
    with pytest.raises(OSError, match="more than 0 MiB"):
        bounded.require(tmp_path / "a", largest)


def test_folders_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        bounded.read(tmp_path, 10)
    (tmp_path / "device").symlink_to(os.devnull)
    os.mkfifo(tmp_path / "pipe")
    for name in ("device", "pipe"):
        with pytest.raises(OSError, match="no regular file"):
            bounded.read(tmp_path / name, 10)
    with pytest.raises(FileNotFoundError):
        bounded.read(tmp_path / "nowhere", 10)
