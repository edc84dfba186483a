"""A machine is a command that runs Python there: `build/arm/cortex-a76/python3 latency.py net.tflite`."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arm.architectures import AMD64, PYTHON
from benchmarks.arm.cores import Core
from benchmarks.arm.system import System, system_of
from fastscnn.errors import BoardError

FOLDER = Path(__file__).parent.parent.parent / "build" / "arm"
LOADER = "lib64/ld-linux-x86-64.so.2"
X86 = "x86-64"


@dataclass(frozen=True)
class Machine:
    name: str
    python: Path

    def run(
        self, *arguments: object, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, after everything else that wants this computer."""
        return subprocess.run(
            ["nice", "-n", "10", str(self.python), *map(str, arguments)],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )


def emulated(core: Core, folder: Path = FOLDER, say: Callable[[str], None] = print) -> Machine:
    """This core. Its folder stands for /: a tree of its own, with its own /proc/cpuinfo."""
    host = _host(folder, say)
    system = system_of(core.architecture, folder, say)
    place = folder / core.name
    (place / "proc" / "sys" / "kernel").mkdir(parents=True, exist_ok=True)
    (place / "proc" / "cpuinfo").write_text(core.cpuinfo(os.cpu_count() or 1))
    # Linux 6.1 and newer say it themselves; by it latency.py knows an emulator
    (place / "proc" / "sys" / "kernel" / "arch").write_text(f"{platform.machine()}\n")
    for entry in system.root.iterdir():
        link = place / entry.name
        if not link.is_symlink():
            link.symlink_to(entry)
    python = place / "python3"
    emulator = host.root / "usr" / "bin" / str(core.architecture.emulator)
    # -0: what Python takes for itself, so that it can start itself again
    command = [*_loaded(host), emulator, "-cpu", core.emulation, "-L", place, "-0", python, _python(system)]
    return _written(core.title, python, command, system)


def reference(folder: Path = FOLDER, say: Callable[[str], None] = print) -> Machine:
    """This computer's own processor, with the same Python and the same versions."""
    host = _host(folder, say)
    (folder / X86).mkdir(parents=True, exist_ok=True)
    python = folder / X86 / "python3"
    return _written(X86, python, [*_loaded(host), "--argv0", python, _python(host)], host)


def _host(folder: Path, say: Callable[[str], None]) -> System:
    found = (platform.system(), platform.machine())
    if found != ("Linux", "x86_64"):
        raise BoardError(
            f"ARM cores are emulated on Linux on x86-64; this is {' on '.join(found)}.",
            "Measure on the machine itself: fastscnn-bench.",
        )
    return system_of(AMD64, folder, say)


def _loaded(host: System) -> list[object]:
    """With its own loader and libraries a program of the folder runs on any Linux."""
    return [host.root / LOADER, "--library-path", host.library_path]


def _python(system: System) -> Path:
    return system.root / "usr" / "bin" / f"python{PYTHON}"


def _written(name: str, python: Path, command: list[object], system: System) -> Machine:
    packages = f"{system.site}:{system.root / 'usr/lib/python3/dist-packages'}"
    script = (
        "#!/bin/sh\n"
        "unset LD_PRELOAD LD_LIBRARY_PATH\n"
        f"export PYTHONHOME={shlex.quote(str(system.root / 'usr'))} PYTHONPATH={shlex.quote(packages)}\n"
        "export PYTHONNOUSERSITE=1 PYTHONHASHSEED=0 OMP_NUM_THREADS=1\n"
        f'exec {shlex.join(map(str, command))} "$@"\n'
    )
    # whole at any moment: another process may be starting it
    fresh = python.with_name(f"{python.name}.{os.getpid()}")
    fresh.write_text(script)
    fresh.chmod(0o755)
    fresh.replace(python)
    return Machine(name, python)
