"""Packages that cannot be had are refused in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.arm import debian
from fastscnn.errors import BoardError


def refused(folder: Path) -> BoardError:
    with pytest.raises(BoardError) as caught:
        debian.unpack(["libc6"], "arm64", "bookworm", folder)
    return caught.value


def test_a_system_without_apt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no apt-get and no dpkg-deb" in refused(tmp_path).message


def test_packages_are_verified_or_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("there is no apt-get here")
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "none.gpg")
    assert "cannot be verified" in refused(tmp_path).message


def test_a_mirror_that_does_not_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("apt-get") is None or not debian.KEYRING.exists():
        pytest.skip("there is no apt-get here, or no keyring of Debian")
    monkeypatch.setenv("DEBIAN_MIRROR", "http://localhost:9/debian")
    error = refused(tmp_path)
    assert "apt-get failed" in error.message
    assert "DEBIAN_MIRROR" in error.remedy
    assert list(tmp_path.iterdir()) == []
