"""An Android device behind adb: latency.py in Termux's Python, or the benchmark binary that is named."""

from __future__ import annotations

import re
import secrets
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks import latency
from benchmarks.binary_run import BinaryRun
from benchmarks.boards import Facts, Say, document_of
from benchmarks.process import Ended, Processes
from benchmarks.request import Request
from fastscnn.errors import BoardError, MissingPackageError, UsageError

SHELL_FOLDER = "/data/local/tmp"
"""Where the shell of an unrooted phone may write and run programs."""
TERMUX = "run-as com.termux env TMPDIR=files/usr/tmp files/usr/bin/python3"
PYTHONS = ("python3", TERMUX)
STEP_SECONDS = 120
STATES = {
    "unauthorized": "has not allowed this computer: unlock it and confirm the question on its screen",
    "offline": "is offline: plug it in again",
    "no permissions": "may not be opened by this user: set up udev for adb",
}
EXIT = re.compile(r"\n?exit=(\d+)\s*$")


@dataclass(frozen=True)
class _Binary:
    """Where the user's benchmark binary is: on this machine, or on the device."""

    path: str
    local: bool


class Adb:
    """See benchmarks.boards.Board."""

    def __init__(self, serial: str | None, *, binary: str | None = None) -> None:
        self.name = "adb" if serial is None else f"adb:{serial}"
        self._serial, self._processes = serial, Processes()
        self._binary = None if binary is None else _Binary(binary, Path(binary).is_file())

    def measure(self, request: Request, say: Say) -> Facts:
        if shutil.which("adb") is None:
            raise MissingPackageError(
                "adb is not installed.", "Android's platform-tools; Debian: apt install adb"
            )
        self._serial = self._device()
        folder = f"{SHELL_FOLDER}/fastscnn-bench.{secrets.token_hex(4)}"
        try:
            self._done(self._shell(f"mkdir {folder} && chmod 755 {folder}"), "cannot make a folder")
            names = request.names()
            for name, path in zip(names, request.files, strict=True):
                say(f"copying {name}")
                self._push(path, f"{folder}/{name}")
            if self._binary is not None:
                program = self._program(self._binary, folder)
                return BinaryRun(request, folder, program, self._printed, self.name).measured(say)
            return self._in_python(request, folder, say)
        finally:
            # unplugged meanwhile: nothing more can be done from here
            self._shell(f"rm -rf {folder}", cleaning=True)

    def stop(self) -> None:
        self._processes.stop()

    def _device(self) -> str:
        """The one device that is meant."""
        ended = self._adb("devices")
        lines = (line.split(None, 1) for line in ended.printed.splitlines()[1:] if line.strip())
        states = {words[0]: words[-1].strip() for words in lines}
        if self._serial is None and len(states) > 1:
            raise BoardError(
                f"adb sees several devices: {', '.join(sorted(states))}.", "Name one: --board adb:SERIAL"
            )
        serial = self._serial or next(iter(states), "")
        if serial not in states:
            raise BoardError(
                f"adb sees no device{f' {serial}' if serial else ''}.",
                "Plug it in, with USB debugging on; `adb devices` must list it.",
            )
        if states[serial] != "device":
            state = next((text for key, text in STATES.items() if states[serial].startswith(key)), None)
            raise BoardError(f"{serial} {state or f'is in the state {states[serial]}'}.", "Then try again.")
        return serial

    def _in_python(self, request: Request, folder: str, say: Say) -> Facts:
        feed = None if request.input is None else f"{folder}/feed.npy"
        for source, name in ((Path(latency.__file__), "latency.py"), (request.input, "feed.npy")):
            if source is not None:
                self._push(source, f"{folder}/{name}")
        version = shlex.quote("import sys; sys.exit(sys.version_info < (3, 8))")
        for python in PYTHONS:
            if self._shell(f"{python} -c {version}").code == 0:
                break
        else:
            raise BoardError(
                f"{self.name} has no Python that its shell may run.",
                "Name TFLite's benchmark binary: --adb-benchmark PATH",
            )
        files = [f"{folder}/{name}" for name in request.names()]
        script = f"{python} {folder}/latency.py {shlex.join(request.command(files, feed))}"
        ended = self._connected(self._shell(script, say=say, limit=None))
        return document_of(ended.printed, ended.code, ended.complaint, self.name)

    def _program(self, binary: _Binary, folder: str) -> str:
        if not binary.local:
            found = self._shell(f"[ -x {shlex.quote(binary.path)} ]")
            if found.code != 0:
                raise BoardError(
                    f"{binary.path} is no program, neither here nor on {self.name}.",
                    "--adb-benchmark takes TFLite's benchmark_model, built for the phone.",
                )
            return binary.path
        program = f"{folder}/benchmark_model"
        self._push(Path(binary.path), program)
        self._done(self._shell(f"chmod 755 {program}"), "cannot run programs")
        return program

    def _push(self, path: Path, target: str) -> None:
        ended = self._adb("push", str(path), target)
        if ended.code != 0:
            why = ended.last_words() or ended.printed.strip().rpartition("\n")[2]
            space = "no space" in f"{ended.complaint} {ended.printed}".lower()
            raise BoardError(
                f"{self.name} has no space for {path.name}." if space else f"{self.name}: {path.name}: {why}",
                "Free some space on the phone."
                if space
                else "Look at the cable; `adb devices` must list it.",
            )
        self._shell(f"chmod a+r {shlex.quote(target)}")

    def _done(self, ended: Ended, what: str) -> None:
        if ended.code != 0:
            raise BoardError(f"{self.name} {what}: {ended.last_words() or ended.printed.strip()}")

    def _printed(self, script: str) -> str:
        """Both streams of a command on the device; raises where the device went away."""
        return self._connected(self._shell(f"{script} 2>&1", limit=None)).printed

    def _connected(self, ended: Ended) -> Ended:
        if ended.code < 0:
            raise BoardError(
                f"{self.name}: the connection was lost ({ended.last_words() or 'adb says nothing'}).",
                "Look at the cable, then measure again.",
            )
        return ended

    def _shell(
        self,
        script: str,
        *,
        say: Say | None = None,
        limit: float | None = STEP_SECONDS,
        cleaning: bool = False,
    ) -> Ended:
        """A command in the device's shell, with its exit code, which old adbs drop; -1: none came."""
        ended = self._adb(
            "shell", f"({script}); code=$?; echo; echo exit=$code", say=say, limit=limit, cleaning=cleaning
        )
        found = EXIT.search(ended.printed)
        if found is None:
            return Ended(-1, ended.printed, ended.complaint)
        return Ended(int(found.group(1)), ended.printed[: found.start()], ended.complaint)

    def _adb(
        self, *words: str, say: Say | None = None, limit: float | None = STEP_SECONDS, cleaning: bool = False
    ) -> Ended:
        chosen = ["-s", self._serial] if self._serial is not None else []
        return self._processes.run(["adb", *chosen, *words], say=say, limit=limit, cleaning=cleaning)


def serial_of(text: str) -> str | None:
    """adb, or adb:SERIAL (which is host:port of a phone on the network)."""
    _, colon, serial = text.partition(":")
    if colon and not re.fullmatch(r"[\w.:\[\]-]+", serial):
        raise UsageError(
            f"--board {text!r} is no device.", "Write adb, or adb:SERIAL as `adb devices` shows it."
        )
    return serial or None
