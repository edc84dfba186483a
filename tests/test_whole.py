"""Single files: old or new, never through a link, and nothing left beside."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from fastscnn import whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_content_replaces_old(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        whole.put(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
    assert names(tmp_path) == ["a"]


def test_a_link_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "a").symlink_to(tmp_path / "victim")
    (tmp_path / ".a.part").symlink_to(tmp_path / "victim")
    whole.put(tmp_path / "a", b"new")
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (tmp_path / "a").is_symlink()


def test_what_a_killed_run_left_goes_and_a_living_runs_part_stays(tmp_path: Path) -> None:
    left, living, other = (tmp_path / f".{name}.part" for name in ("a.00000000", "a.11111111", "b.00000000"))
    for part in (left, living, other):
        part.write_text("a part")
    with living.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        whole.put(tmp_path / "a", b"new")
    assert names(tmp_path) == [living.name, other.name, "a"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a" / "inner").mkdir(parents=True)
    with pytest.raises(OSError):
        whole.put(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]
    with pytest.raises(FileNotFoundError):
        whole.put(tmp_path / "nowhere" / "a", b"new")


def test_the_rights_are_those_of_any_new_file(tmp_path: Path) -> None:
    whole.put(tmp_path / "a", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
