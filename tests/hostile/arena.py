"""One hostile file, one command, and what came of it: everything around them is compared before and after."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.hostile.commands import Call, Given
from tests.hostile.corpus import sound
from tests.hostile.corpus.case import Case, Place
from tests.sandbox.client import CPU_SECONDS, Outcome, Sandbox

MEMORY = 2_000_000_000
"""Bytes, resident, the shared imports included."""
LARGEST_REQUEST = 6_000_000_000
"""Bytes of private memory after which the system refuses more: the machine outlives a bomb."""
BENCH = "fastscnn-bench"
LONGEST_MESSAGE = 2_000
LARGEST_HASHED = 1 << 30
TORCHS_OWN = "torchinductor_"
"""An empty folder that importing parts of torch leaves among the temporary ones."""
LONG_AGO = 1_000_000_000
SOUND = 12
"""Photographs in the sound data set."""


@dataclass(frozen=True)
class Verdict:
    """A run, and everything that it should not have done."""

    case: str
    command: str
    outcome: Outcome
    complaints: tuple[str, ...]


class Arena:
    """A folder with sound things in it, in which cases are tried one after the other."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        self.root = root.resolve()
        self.sandbox = sandbox
        self.data = _data(self.root / "data")
        self.artifact = self.root / "sound.tflite"
        self.artifact.write_bytes(sound.file("tflite"))
        self.picture = self.root / "street.png"
        Image.open(next((self.data / "images").iterdir())).save(self.picture)

    def make(self, case: Case) -> Path:
        """A case's file, in fresh surroundings."""
        place = self._place(case)
        return case.make(place)

    def attempt(self, case: Case, call: Call) -> Verdict:
        """A case's file made anew, and one command run on it."""
        place = self._place(case)
        with listening() as (port, visits):
            place = Place(place.folder, place.canary, place.outside, port)
            file = case.make(place)
            home = place.folder.parent
            for name in ("home", "tmp", "results"):
                (home / name).mkdir()
            given = Given(file, home / "out", home / "results", self.data, self.picture, self.artifact)
            before = snapshot(home)
            mark_unread(place.outside)
            outcome = self.sandbox.run(
                call.command,
                [*call.words(given), "--json", "--quiet"],
                self.root / "streams",
                within=home,
                environment={"HOME": str(home / "home"), "TMPDIR": str(home / "tmp")},
                limits={"RLIMIT_CPU": 3 * CPU_SECONDS, "RLIMIT_DATA": LARGEST_REQUEST, "RLIMIT_CORE": 0},
            )
            read = read_since(place.outside)
            touched = changes(before, snapshot(home), allowed=_allowed(case, outcome, home, file))
        complaints = [*_wrong(case, call, outcome), *(f"touched {name}" for name in touched)]
        complaints += [f"read {name}" for name in read]
        if place.canary.exists():
            complaints.append("a payload was run: the canary is there")
        if visits:
            complaints.append("something connected to the listening port")
        return Verdict(case.name, call.command, outcome, tuple(complaints))

    def _place(self, case: Case) -> Place:
        home = self.root / "case"
        if home.exists():
            shutil.rmtree(home)
        folder, outside = home / "work", home / "outside"
        folder.mkdir(parents=True)
        outside.mkdir()
        (outside / "secret.bin").write_bytes(b"secret" * 100)
        (outside / "victim.txt").write_text("untouched\n")
        return Place(folder, home / "canary", outside)


def _wrong(case: Case, call: Call, outcome: Outcome) -> Iterator[str]:
    """What a refusal must be and is not."""
    # fastscnn-bench measures anybody's artifacts, whatever they say of themselves
    measured = call.command == BENCH and case.kind in ("onnx", "tflite")
    allowed = (0, 2) if case.harmless or measured else (2,)
    if outcome.code not in allowed:
        yield f"exit code {outcome.code}: {outcome.stderr[-600:]}"
    if outcome.traceback:
        yield "a traceback"
    if outcome.code == 2:
        error = outcome.error()
        if not error.get("message", "").strip() or not error.get("remedy", "").strip():
            yield f"no sentence or no remedy: {outcome.stdout[:300]}"
        yield from _unfit(outcome.stderr)
    if outcome.cpu > CPU_SECONDS:
        yield f"{outcome.cpu:.1f} s of CPU time"
    if outcome.peak > MEMORY:
        yield f"{outcome.peak / 1e9:.2f} GB"
    # measuring starts a process of its own; nothing else has a reason to start one
    for event in outcome.events:
        if call.command != BENCH or not event.startswith("subprocess.Popen"):
            yield event


def _unfit(text: str) -> Iterator[str]:
    """What a terminal must not be told."""
    if any(not (character.isprintable() or character == "\n") for character in text):
        yield f"control characters on the terminal: {text[:200]!r}"
    if len(text) > LONGEST_MESSAGE:
        yield f"a message of {len(text)} characters"


def _allowed(case: Case, outcome: Outcome, home: Path, file: Path) -> tuple[Path, ...]:
    """Where a run may leave something: nowhere if it refused."""
    if outcome.code == 0:
        return (home / "out", home / "results", *([file] if case.kind in ("out", "artifacts") else []))
    return ()


Entry = tuple[str, int, str]
"""What a path is, its mode, and its content, or where it leads."""


def snapshot(root: Path) -> dict[Path, Entry]:
    """Every path below."""
    return {path: _entry(path) for path in sorted(root.rglob("*"))}


def _entry(path: Path) -> Entry:
    status = path.lstat()
    if path.is_symlink():
        return ("link", status.st_mode, str(path.readlink()))
    if path.is_dir():
        return ("folder", status.st_mode, "")
    # a file of a terabyte that holds nothing is not read
    if not path.is_file() or status.st_size > LARGEST_HASHED:
        return ("file", status.st_mode, str(status.st_size))
    return ("file", status.st_mode, hashlib.sha256(path.read_bytes()).hexdigest())


def _within(path: Path, allowed: tuple[Path, ...]) -> bool:
    return path.name.startswith(TORCHS_OWN) or any(path == a or a in path.parents for a in allowed)


def mark_unread(folder: Path) -> None:
    """The system updates the time of a file's last reading where that is older than its last change."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, path.stat().st_mtime))


def read_since(folder: Path) -> list[str]:
    """The files that were read after they were marked."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and path.stat().st_atime > LONG_AGO]


def changes(before: dict[Path, Entry], after: dict[Path, Entry], *, allowed: tuple[Path, ...]) -> list[str]:
    """Paths that came, went or changed, but for those within the allowed folders."""
    differing = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    return sorted(str(path) for path in differing if not _within(path, allowed))


def _data(root: Path) -> Path:
    """Noise and masks: enough to calibrate on, and to judge."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number in range(SOUND):
        Image.effect_noise((96, 64), 60.0).convert("RGB").save(root / "images" / f"{number}.png")
        Image.new("L", (96, 64), number % 11).save(root / "masks" / f"{number}.png")
    (root / "classes.txt").write_text("".join(f"class {number}\n" for number in range(11)))
    return root


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine that notes who comes."""
    visits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def note() -> None:
            while not over.is_set():
                try:
                    visitor, _ = server.accept()
                except OSError:
                    continue
                visits.append("visit")
                visitor.close()

        thread = threading.Thread(target=note, daemon=True)
        thread.start()
        yield server.getsockname()[1], visits
        over.set()
        thread.join()
