"""The arena notices what hostile files would do: a check that cannot fail proves nothing."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.arena import Arena, changes, mark_unread, read_since, snapshot
from tests.hostile.commands import Call
from tests.hostile.corpus.case import Case, Place
from tests.hostile.corpus.pickles import Calls


def unpickled(payload: Callable[[Place], object], arena: Arena) -> str:
    """What the arena complains about where a command does unpickle what it is given."""

    def make(place: Place) -> Path:
        path = place.folder / "net.pth"
        path.write_bytes(pickle.dumps(payload(place)))
        return path

    # a command of which pickle.load is the reader
    call = Call("unpickling", lambda given: [given.file])
    verdict = arena.attempt(Case("test", "checkpoint", make), call)
    return "\n".join(verdict.complaints)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (lambda place: Calls(open, str(place.canary), "w"), "the canary is there"),
        (lambda place: Calls(exec, f"__import__('os').system('touch {place.canary}')"), "os.system"),
        (lambda place: Calls(exec, f"open({str(place.outside / 'secret.bin')!r}, 'rb').read()"), "read "),
        (
            lambda place: Calls(exec, f"open({str(place.outside / 'victim.txt')!r}, 'w').write('x')"),
            "touched",
        ),
        (
            lambda place: Calls(
                exec, f"import socket; socket.create_connection(('127.0.0.1', {place.port}))"
            ),
            "something connected",
        ),
        (lambda place: Calls(exec, "raise SystemExit(2)"), "no sentence"),
        (lambda place: Calls(exec, "raise ValueError"), "a traceback"),
        (lambda place: Calls(bytearray, 2_500_000_000), "GB"),
    ],
)
def test_what_a_payload_does_is_noticed(
    payload: Callable[[Place], object], complaint: str, arena: Arena
) -> None:
    if complaint == "read " and not reading_shows(arena.root):
        pytest.skip("this file system does not note when a file is read")
    assert complaint in unpickled(payload, arena)


def test_what_comes_goes_and_changes_is_told(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("kept", "edited", "gone"):
        (tmp_path / name).write_text(name)
    before = snapshot(tmp_path)
    (tmp_path / "edited").write_text("other")
    (tmp_path / "gone").unlink()
    (tmp_path / "inner" / "new").write_text("")
    found = [Path(name).name for name in changes(before, snapshot(tmp_path), allowed=())]
    assert found == ["edited", "gone", "new"]
    inside = changes(before, snapshot(tmp_path), allowed=(tmp_path / "inner",))
    assert [Path(name).name for name in inside] == ["edited", "gone"]


def reading_shows(folder: Path) -> bool:
    """Whether this file system notes when a file is read."""
    probe = folder / "probe"
    probe.mkdir()
    (probe / "file").write_text("probe")
    mark_unread(probe)
    (probe / "file").read_text()
    shown = bool(read_since(probe))
    shutil.rmtree(probe)
    return shown


def test_a_file_that_was_read_shows(tmp_path: Path) -> None:
    if not reading_shows(tmp_path):
        pytest.skip("this file system does not note when a file is read")
    for name in ("read", "unread"):
        (tmp_path / name).write_text(name)
    mark_unread(tmp_path)
    assert read_since(tmp_path) == []
    (tmp_path / "read").read_text()
    assert [Path(name).name for name in read_since(tmp_path)] == ["read"]
