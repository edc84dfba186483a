"""An Android device seen through its shell: what latency.Machine reads, fetched in one call."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import latency

CPU = "/sys/devices/system/cpu"
WANTED = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/loadavg",
    f"{CPU}/online",
    f"{CPU}/cpu[0-9]*/cpu_capacity",
    f"{CPU}/cpu[0-9]*/cpufreq/cpuinfo_max_freq",
    f"{CPU}/cpu[0-9]*/cpufreq/scaling_cur_freq",
    f"{CPU}/cpu[0-9]*/cpufreq/scaling_governor",
    "/sys/class/thermal/thermal_zone*/type",
    "/sys/class/thermal/thermal_zone*/temp",
)
MARK = "==> "
LOOK = f'for f in {" ".join(WANTED)}; do [ -r "$f" ] && echo "{MARK}$f" && cat "$f" && echo; done 2>/dev/null'
"""A marked line before each file. Phones forbid some of them to the shell: then they are not there."""
Facts = dict[str, Any]
Shell = Callable[[str], str]


def facts_and_look(shell: Shell) -> tuple[Facts, Facts]:
    """What the device is, and how hot and fast right now."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in _files(shell(LOOK)):
            target = Path(folder, path.lstrip("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)

        def command(*words: str) -> str:
            # of the small commands that a Machine asks, a phone knows this one
            return shell(" ".join(words)) if words[0] == "getprop" else ""

        machine = latency.Machine(folder, shell("uname -m").strip() or "aarch64", command)
        return machine.facts(), latency.look_at(machine, machine.cores())


def _files(printed: str) -> list[tuple[str, str]]:
    parts = re.split(rf"^{re.escape(MARK)}(\S+)\r?\n", printed, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], (part.strip() + "\n" for part in parts[1::2]), strict=True))
