"""A board behind the system's own ssh: a folder, the files, latency.py, its answer, nothing left there."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import latency
from benchmarks.boards import Facts, Say, document_of
from benchmarks.process import Ended, Processes
from benchmarks.request import Request
from fastscnn.errors import BoardError, MissingPackageError, UsageError

LOST = 255
"""ssh's own exit code, for whatever ends the connection."""
CONNECT_SECONDS = 10
STEP_SECONDS = 120
FEED = "feed.npy"
"""The name of --input on the board."""
MARGIN = 4 << 20
"""Bytes that the measurement itself writes, generously."""

PREPARE = """
python={python}
case $python in "~/"*) python=$HOME/${{python#??}};; esac
command -v "$python" >/dev/null 2>&1 || {{ echo "python none"; exit; }}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' || {{ echo "python old"; exit; }}
folder=$(mktemp -d "${{TMPDIR:-/tmp}}/fastscnn-bench.XXXXXX") || {{ echo "folder none"; exit; }}
echo "folder $folder"
echo "python $(command -v "$python")"
echo "free $(df -Pk "$folder" | tail -n 1)"
"""
MEASURE = """
cd {folder} || exit 97
exec 3<&0
{python} latency.py {words} </dev/null 3<&- &
measuring=$!
# our stdin ends when the connection does: then nobody waits for the figures any more
{{ cat <&3; kill $measuring; }} >/dev/null 2>&1 &
watching=$!
exec 3<&-
wait $measuring
code=$?
kill $watching 2>/dev/null
cd / && rm -rf {folder}
exit $code
"""


@dataclass(frozen=True)
class Address:
    """user@host:port; anything but the host may be left to ssh's own configuration."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        user = "" if self.user is None else f"{self.user}@"
        return f"{user}{self.host}" + ("" if self.port is None else f":{self.port}")


@dataclass(frozen=True)
class _Place:
    """A temporary folder on the board, and its Python."""

    folder: str
    python: str
    free_bytes: int | None


class Ssh:
    """See benchmarks.boards.Board."""

    def __init__(self, address: Address, *, config: Path | None = None, python: str = "python3") -> None:
        self.name = str(address)
        self._address, self._config, self._python = address, config, python
        self._processes = Processes()

    def measure(self, request: Request, say: Say) -> Facts:
        if shutil.which("ssh") is None:
            raise MissingPackageError("ssh is not installed.", "Debian: apt install openssh-client")
        place = self._prepare()
        try:
            self._copy(request, place, say)
            ended = self._measure(request, place, say)
        finally:
            self._remove(place, say)
        if ended.code == LOST:
            raise BoardError(
                f"{self.name}: the connection was lost during the measurement ({ended.last_words()}).",
                "The board cleans up by itself. Look at its power and its heat, then measure again.",
            )
        return document_of(ended.printed, ended.code, ended.complaint, self.name)

    def stop(self) -> None:
        self._processes.stop()

    def _prepare(self) -> _Place:
        ended = self._shell(PREPARE.format(python=shlex.quote(self._python)))
        if ended.code == LOST or ended.code < 0:
            why = ended.last_words() or f"no answer within {STEP_SECONDS} s"
            raise BoardError(
                f"{self.name} does not answer: {why}",
                f"`{shlex.join(self._command('true'))}` must work without a question (ssh-copy-id helps).",
            )
        facts = dict(line.partition(" ")[::2] for line in ended.printed.splitlines())
        if facts.get("python") == "none":
            raise BoardError(
                f"{self.name} has no {self._python}.",
                "Install Python 3.8 or newer there, or name it: --board-python venv/bin/python",
            )
        if facts.get("python") == "old":
            raise BoardError(
                f"{self.name}: its {self._python} is older than 3.8.",
                "Name a newer one there: --board-python PATH",
            )
        if "folder" not in facts or "python" not in facts:
            raise BoardError(
                f"{self.name} gives no temporary folder: {ended.last_words() or 'no reason said'}",
                "Is its disk full, or read-only?",
            )
        free = re.search(r"(\d+)\s+\d+%\s", facts.get("free", ""))
        return _Place(facts["folder"], facts["python"], int(free.group(1)) * 1024 if free else None)

    def _copy(self, request: Request, place: _Place, say: Say) -> None:
        files = _files(request)
        needed = sum(path.stat().st_size for path in files.values()) + MARGIN
        if place.free_bytes is not None and place.free_bytes < needed:
            raise BoardError(
                f"{self.name} has no space: {place.folder} has {place.free_bytes / 1e6:.0f} MB,"
                f" {needed / 1e6:.0f} MB are needed.",
                "Free some space there, or set TMPDIR for ssh's shells.",
            )
        for name, path in files.items():
            say(f"copying {name}")
            target = shlex.quote(f"{place.folder}/{name}")
            ended = self._shell(f"cat > {target} && wc -c < {target}", given=path)
            arrived = ended.printed.split()[-1:] == [str(path.stat().st_size)]
            if ended.code != 0 or not arrived:
                lost = ended.code == LOST
                raise BoardError(
                    f"{self.name}: {name} did not arrive whole"
                    f" ({'the connection was lost' if lost else ended.last_words() or 'it was cut'}).",
                    "Look at the connection." if lost else "Look at the space that is left there.",
                )

    def _measure(self, request: Request, place: _Place, say: Say) -> Ended:
        feed = None if request.input is None else FEED
        script = MEASURE.format(
            folder=shlex.quote(place.folder),
            python=shlex.quote(place.python),
            words=shlex.join(request.command(request.names(), feed)),
        )
        return self._processes.run(self._command(script), say=say, held_open=True)

    def _remove(self, place: _Place, say: Say) -> None:
        ended = self._shell(f"rm -rf {shlex.quote(place.folder)}", cleaning=True)
        if ended.code != 0:
            say(f"{place.folder} could not be removed from here; the board removes it when its shell ends")

    def _shell(self, script: str, *, given: Path | None = None, cleaning: bool = False) -> Ended:
        return self._processes.run(self._command(script), given=given, limit=STEP_SECONDS, cleaning=cleaning)

    def _command(self, script: str) -> list[str]:
        """ssh that never asks, and that notices a dead line within a quarter of a minute."""
        options = ["BatchMode=yes", f"ConnectTimeout={CONNECT_SECONDS}"]
        options += ["ServerAliveInterval=5", "ServerAliveCountMax=3"]
        words = ["ssh", *(word for option in options for word in ("-o", option))]
        words += ["-F", str(self._config)] if self._config is not None else []
        words += ["-p", str(self._address.port)] if self._address.port is not None else []
        words += ["-l", self._address.user] if self._address.user is not None else []
        return [*words, "--", self._address.host, f"sh -c {shlex.quote(script)}"]


def _files(request: Request) -> dict[str, Path]:
    """What goes to the board, by its name there."""
    files = {"latency.py": Path(latency.__file__), **dict(zip(request.names(), request.files, strict=True))}
    return files if request.input is None else {**files, FEED: request.input}


def address(text: str) -> Address:
    """ssh://user@host:port."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = -1
    spoilt = parts.path.strip("/") or parts.query or parts.fragment or parts.password
    if spoilt or not parts.hostname or port == -1 or not _plain(parts.hostname, parts.username):
        raise UsageError(f"--board {text!r} is no address of a board.", "Write ssh://user@host:port.")
    return Address(parts.hostname, parts.username, port)


def _plain(*words: str | None) -> bool:
    """No word that ssh or a shell could take for something else."""
    return all(word is None or re.fullmatch(r"[A-Za-z0-9_.:%][\w.:%+-]*", word) for word in words)
