#!/usr/bin/env python3
"""Latency that can be believed, of .tflite and .onnx files on the machine where this file lies.

One file that stands alone: Python 3.8 or newer, numpy, and one of ai-edge-litert, tflite-runtime and
onnxruntime.

    scp latency.py net.tflite pi@raspberrypi:
    ssh pi@raspberrypi python3 latency.py net.tflite

Every artifact is measured in a process of its own: its memory and its load time are its own too. What is
timed is one call of the runtime's `invoke` (TFLite) or `run` (ONNX) at batch 1; the input is in place before.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import math
import multiprocessing
import os
import platform
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, NoReturn, Sequence

Facts = Dict[str, Any]
SCHEMA = 1
INTERRUPTED = 130

LEAST_RUNS = 20
"""Fewer say nothing about a median, let alone a tail."""
LEAST_SECONDS = 0.2
"""Shorter than one slice of a busy scheduler says nothing either."""
TAIL_RUNS = 100
"""Below this the 99th percentile is hardly more than the slowest run."""
NOISY = 0.10
"""Spread of the middle half of the runs, of the median, above which differences must not be believed."""
DRIFTING = 0.07
"""How much slower the last quarter of the runs may be than the first."""
STABLE = 0.02
"""Two windows of warm-up runs with medians this near are the same."""
WINDOW_SECONDS, WINDOW_RUNS = 0.1, 3
PROFILE_RUNS = 10
ROUNDS = 10
"""Least number of interleaved blocks of a comparison."""
SAME = 0.05
"""Speeds nearer than this share are called equal."""
FELL = 0.93
"""A clock that ends below this share of its best was slowed down."""
WATCH_SECONDS, COMMAND_EVERY = 0.5, 8
"""How often the files of sensors are read, and at which of these looks commands are started too."""
COOL_MARGIN, COOL_FLOOR = 5.0, 50.0


class LatencyError(Exception):
    """What was asked for cannot be measured: what is wrong, and what to do."""

    def __init__(self, kind: str, message: str, remedy: str = "") -> None:
        super().__init__(kind, message, remedy)
        self.kind, self.message, self.remedy = kind, message, remedy


# ----------------------------------------------------------------------------------------------------------
# Statistics. Plain Python: the process that leads the others must stay small, and must not start threads.


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def summary(seconds: Sequence[float]) -> Facts:
    """Latencies in milliseconds, and how far they can be trusted."""
    middle = median(seconds)
    quarter = max(1, len(seconds) // 4)
    return {
        "runs": len(seconds),
        "seconds": round(sum(seconds), 3),
        **{
            name: _ms(value)
            for name, value in (
                ("min", min(seconds)),
                ("p50", middle),
                ("p90", percentile(seconds, 0.9)),
                ("p99", percentile(seconds, 0.99)),
                ("max", max(seconds)),
                ("mean", sum(seconds) / len(seconds)),
            )
        },
        "spread": round((percentile(seconds, 0.75) - percentile(seconds, 0.25)) / middle, 4),
        "drift": round(median(seconds[-quarter:]) / median(seconds[:quarter]) - 1, 4),
    }


def ratio(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> Facts:
    """How much of their time ours takes, round by round: neighbours in time see the same machine."""
    ratios = [median(mine) / median(other) for mine, other in zip(ours, theirs)]
    dice = random.Random(0)
    medians = [median(dice.choices(ratios, k=len(ratios))) for _ in range(1000)]
    return {
        "rounds": len(ratios),
        "median": round(median(ratios), 4),
        "quartiles": [round(percentile(ratios, 0.25), 4), round(percentile(ratios, 0.75), 4)],
        "interval95": [round(percentile(medians, 0.025), 4), round(percentile(medians, 0.975), 4)],
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 4)


# ----------------------------------------------------------------------------------------------------------
# The machine, as far as Linux tells. Anything may be missing: in a container, in an emulator, on a phone.

FEATURES = {
    "x86": ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8"),
    "arm": ("neon", "asimd", "asimdhp", "asimddp", "i8mm", "sve", "sve2"),
}
DOT_PRODUCT = ("avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Any of these multiplies and adds int8 four at a time; without one, int8 is seldom faster than float."""
ARM_CAPABILITIES: dict[str, dict[str, tuple[int, int]]] = {
    # name in /proc/cpuinfo: which auxiliary vector (16 HWCAP, 26 HWCAP2) and which bit
    "aarch64": {
        "asimd": (16, 1),
        "asimdhp": (16, 10),
        "asimddp": (16, 20),
        "sve": (16, 22),
        "sve2": (26, 1),
        "i8mm": (26, 13),
    },
    "arm": {"neon": (16, 12), "asimdhp": (16, 23), "asimddp": (16, 24), "i8mm": (16, 27)},
}
ARM_PARTS = {
    0xB76: "ARM1176",
    0xC07: "Cortex-A7",
    0xC08: "Cortex-A8",
    0xC09: "Cortex-A9",
    0xC0F: "Cortex-A15",
    0xD03: "Cortex-A53",
    0xD04: "Cortex-A35",
    0xD05: "Cortex-A55",
    0xD07: "Cortex-A57",
    0xD08: "Cortex-A72",
    0xD09: "Cortex-A73",
    0xD0A: "Cortex-A75",
    0xD0B: "Cortex-A76",
    0xD0C: "Neoverse-N1",
    0xD0D: "Cortex-A77",
    0xD40: "Neoverse-V1",
    0xD41: "Cortex-A78",
    0xD44: "Cortex-X1",
    0xD46: "Cortex-A510",
    0xD47: "Cortex-A710",
    0xD48: "Cortex-X2",
    0xD49: "Neoverse-N2",
    0xD4D: "Cortex-A715",
    0xD4E: "Cortex-X3",
    0xD4F: "Neoverse-V2",
    0xD80: "Cortex-A520",
    0xD81: "Cortex-A720",
    0xD82: "Cortex-X4",
}
CPU_SENSORS = re.compile(r"cpu|soc|core|pkg|package|cluster|big|little|tsens|k10temp|zenpower|acpitz", re.I)
RASPBERRY_FLAGS = {
    0: "under-voltage",
    1: "the clock is capped",
    2: "throttled",
    3: "the soft temperature limit is active",
}
"""Bits of the Raspberry Pi's `get_throttled`; each is repeated 16 bits higher: has happened since boot."""


def output_of(*command: str) -> str:
    """What a small command of the system prints; nothing where there is no such command."""
    if shutil.which(command[0]) is None:
        return ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=5, check=False
        ).stdout.decode(errors="replace")
    return ""


class Machine:
    """CPU, clocks, temperatures, throttling and energy of one machine, read under `root`."""

    def __init__(self, root: str = "/", machine: str = "", command: Callable[..., str] = output_of) -> None:
        self.root = Path(root)
        self.machine = machine or platform.machine()
        self.here = str(self.root) == "/"
        self._command = command
        self._info = self._cpuinfo()

    def facts(self) -> Facts:
        cores = self.cores()
        return {
            "board": self._board(),
            "cpu": self.cpu(),
            "machine": self.machine,
            "features": self.features(),
            "cores": len(cores),
            "big_cores": self.big_cores(),
            "cpu_quota": self.quota(),
            "governor": self.governor(cores),
            "frequency_limit_mhz": self._highest([f"{_freq(core)}/cpuinfo_max_freq" for core in cores], 1e-3),
            "memory_bytes": self._memory(),
            "load_average": self._load(),
            "emulated": self.emulated(),
            "virtual": "hypervisor" in self._flags(),
            "system": " ".join((platform.system(), platform.release())) if self.here else "",
            "python": platform.python_version() if self.here else "",
        }

    def family(self) -> str:
        if self.machine.lower() in ("x86_64", "amd64", "i386", "i686"):
            return "x86"
        return "arm" if self.machine.lower().startswith(("aarch64", "arm")) else self.machine

    def cpu(self) -> str:
        """What the CPU calls itself; ARM cores by their part numbers, counted."""
        parts = Counter(
            ARM_PARTS.get(int(core["CPU part"], 16), f"part {core['CPU part']}")
            for core in self._info
            if re.fullmatch(r"0x[0-9a-f]+", core.get("CPU part", ""))
        )
        if parts and self.family() == "arm":
            return " + ".join(f"{count} x {name}" for name, count in parts.most_common())
        if self.family() == "arm" and self.emulated():
            return self.machine
        for core in self._info:
            for key in ("model name", "Hardware", "Processor", "uarch", "cpu"):
                if core.get(key):
                    return core[key]
        return self.machine

    def features(self) -> list[str] | None:
        """The instructions that matter for a network's speed; None where nothing tells."""
        known = FEATURES.get(self.family())
        if known is None:
            return None
        # the auxiliary vector is the CPU that this process really has, in an emulator too
        flags = self._capabilities() or self._flags()
        return [name for name in known if name in flags] if flags else None

    def emulated(self) -> bool:
        """An ARM process on an x86 kernel: qemu."""
        host = self.text("proc/sys/kernel/arch")
        foreign = any("vendor_id" in core or "flags" in core for core in self._info)
        return self.family() == "arm" and (host.startswith(("x86", "i686")) or foreign)

    def cores(self) -> list[int]:
        """Those that this process may use."""
        if self.here and hasattr(os, "sched_getaffinity"):
            with contextlib.suppress(OSError):
                return sorted(os.sched_getaffinity(0))
        listed = self.text("sys/devices/system/cpu/online")
        return _core_list(listed) if listed else list(range(len(self._info) or os.cpu_count() or 1))

    def big_cores(self) -> list[int]:
        """All but the slowest kind, where cores differ; else none."""
        for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
            known = {core: self.number(f"sys/devices/system/cpu/cpu{core}/{name}") for core in self.cores()}
            found = {core: value for core, value in known.items() if value is not None}
            if len(found) == len(known) and len(set(found.values())) > 1:
                least = min(found.values())
                return [core for core, value in found.items() if value > least]
        return []

    def quota(self) -> float | None:
        """How many cores a container may use at once."""
        limit = self.text("sys/fs/cgroup/cpu.max").split()
        if len(limit) == 2 and limit[0].isdigit():
            return round(int(limit[0]) / int(limit[1]), 2)
        taken = self.number("sys/fs/cgroup/cpu/cpu.cfs_quota_us")
        period = self.number("sys/fs/cgroup/cpu/cpu.cfs_period_us")
        return round(taken / period, 2) if taken and taken > 0 and period else None

    def governor(self, cores: Sequence[int]) -> str | None:
        found = sorted({self.text(f"{_freq(core)}/scaling_governor") for core in cores} - {""})
        return " and ".join(found) or None

    def megahertz(self, cores: Sequence[int]) -> float | None:
        """The fastest of these cores right now."""
        return self._highest([f"{_freq(core)}/scaling_cur_freq" for core in cores], 1e-3)

    def temperature(self) -> float | None:
        """The hottest sensor of the CPU; of all sensors, where none says that it is the CPU's."""
        readings: list[tuple[bool, float]] = []
        for zone in self.entries("sys/class/thermal", "thermal_zone"):
            readings.append(
                (bool(CPU_SENSORS.search(self.text(f"{zone}/type"))), self.number(f"{zone}/temp") or 0)
            )
        for chip in self.entries("sys/class/hwmon", "hwmon"):
            of_cpu = bool(CPU_SENSORS.search(self.text(f"{chip}/name")))
            for entry in self.entries(chip, "temp"):
                if entry.endswith("_input"):
                    readings.append((of_cpu, self.number(entry) or 0))
        sane = [(of_cpu, value / 1e3) for of_cpu, value in readings if 1e3 < value < 150e3]
        preferred = [value for of_cpu, value in sane if of_cpu] or [value for _, value in sane]
        return round(max(preferred), 1) if preferred else None

    def throttle(self, ask: bool = True) -> Facts:
        """The Raspberry Pi's flags, and Intel's count of throttlings; `ask`: by commands too, if need be."""
        text = self.text("sys/devices/platform/soc/soc:firmware/get_throttled")
        said = self._command("vcgencmd", "get_throttled") if ask and not text else ""
        flags = f"0x{text}" if text else said.strip().rpartition("=")[2]
        counts = [
            self.number(f"sys/devices/system/cpu/cpu{core}/thermal_throttle/{kind}_throttle_count")
            for core in self.cores()
            for kind in ("core", "package")
        ]
        known = [int(count) for count in counts if count is not None]
        return {
            "raspberry": int(flags, 16) if re.fullmatch(r"0x[0-9a-fA-F]+", flags) else None,
            "events": sum(known) if known else None,
        }

    def counters(self) -> dict[str, tuple[float, float]]:
        """Energy counters of whole packages: joules now, and where they wrap."""
        found: dict[str, tuple[float, float]] = {}
        for zone in self.entries("sys/class/powercap", "intel-rapl:"):
            name = self.text(f"{zone}/name")
            now, wrap = self.number(f"{zone}/energy_uj"), self.number(f"{zone}/max_energy_range_uj")
            if name.startswith("package") and now is not None:
                found[f"RAPL {name}"] = (now / 1e6, (wrap or 0) / 1e6)
        return found

    def watts(self, ask: bool = True) -> dict[str, float]:
        """Power sensors, such as a board's INA; `ask`: the Raspberry Pi 5's own, which a command reads."""
        found: dict[str, float] = {}
        for chip in self.entries("sys/class/hwmon", "hwmon"):
            name = self.text(f"{chip}/name") or chip.rpartition("/")[2]
            for entry in self.entries(chip, ""):
                meter = re.fullmatch(r".*/(power|in)(\d+)_(input|average)", entry)
                if not meter:
                    continue
                value = self.number(entry)
                if meter.group(1) == "in":
                    current = self.number(f"{chip}/curr{meter.group(2)}_input")
                    value = value * current if value is not None and current is not None else None
                if value is not None:
                    found.setdefault(f"{name} {meter.group(2)}", round(value / 1e6, 4))
        return found or (self._pmic() if ask else {})

    def _pmic(self) -> dict[str, float]:
        if "Raspberry Pi 5" not in (self._board() or ""):
            return {}
        text = self._command("vcgencmd", "pmic_read_adc")
        amperes = dict(re.findall(r"(\w+)_A current\(\d+\)=([\d.]+)A", text))
        volts = dict(re.findall(r"(\w+)_V volt\(\d+\)=([\d.]+)V", text))
        rails = [float(amperes[rail]) * float(volts[rail]) for rail in amperes if rail in volts]
        return {"Raspberry Pi PMIC, all rails": round(sum(rails), 4)} if rails else {}

    def _board(self) -> str | None:
        tree = self.text("proc/device-tree/model") or self.text("sys/firmware/devicetree/base/model")
        return tree.strip("\0 ") or self._command("getprop", "ro.product.model").strip() or None

    def _memory(self) -> int | None:
        found = re.search(r"MemTotal:\s+(\d+) kB", self.text("proc/meminfo"))
        return int(found.group(1)) * 1024 if found else None

    def _load(self) -> float | None:
        first = self.text("proc/loadavg").partition(" ")[0]
        return float(first) if re.fullmatch(r"[\d.]+", first) else None

    def _flags(self) -> list[str]:
        fields = [core.get("flags") or core.get("Features") or "" for core in self._info]
        # of cores that differ, what all of them have
        sets = [set(field.split()) for field in fields if field]
        return sorted(set.intersection(*sets)) if sets else []

    def _capabilities(self) -> list[str]:
        # a 32-bit Python may run on a kernel that calls itself aarch64
        wide = self.machine in ("aarch64", "arm64") and sys.maxsize > 2**32
        kind = "aarch64" if wide else "arm"
        if not self.here or self.family() != "arm" or platform.system() != "Linux":
            return []
        try:
            ask = ctypes.CDLL(None).getauxval
        except (OSError, AttributeError):
            return []
        ask.argtypes, ask.restype = [ctypes.c_ulong], ctypes.c_ulong
        return [name for name, (vector, bit) in ARM_CAPABILITIES[kind].items() if ask(vector) >> bit & 1]

    def _cpuinfo(self) -> list[dict[str, str]]:
        """One table a core; a last one may describe the whole board."""
        blocks = re.split(r"\n\s*\n", self.text("proc/cpuinfo"))
        tables = [
            {
                key.strip(): value.strip()
                for key, _, value in (line.partition(":") for line in block.splitlines())
            }
            for block in blocks
        ]
        return [table for table in tables if table]

    def _highest(self, paths: Sequence[str], scale: float) -> float | None:
        known = [value for value in map(self.number, paths) if value is not None]
        return round(max(known) * scale, 1) if known else None

    def text(self, path: str) -> str:
        try:
            return (self.root / path).read_text(errors="replace").strip()
        except OSError:
            return ""

    def number(self, path: str) -> float | None:
        try:
            return float(self.text(path))
        except ValueError:
            return None

    def entries(self, path: str, prefix: str) -> list[str]:
        try:
            names = sorted(entry.name for entry in (self.root / path).iterdir())
        except OSError:
            return []
        return [f"{path}/{name}" for name in names if name.startswith(prefix)]


def _freq(core: int) -> str:
    return f"sys/devices/system/cpu/cpu{core}/cpufreq"


def _core_list(text: str) -> list[int]:
    """0,2-4 as a list."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise ValueError(text)
        found.extend(range(int(first), int(last or first) + 1))
    return sorted(set(found))


# ----------------------------------------------------------------------------------------------------------
# Watching the machine while others work on it.


class Watch:
    """Heat, clock, throttling and energy before, during and after one measurement."""

    def __init__(self, machine: Machine, cores: Sequence[int]) -> None:
        self.machine, self.cores = machine, cores
        self.before = look_at(machine, cores)
        self.during: list[Facts] = []
        self._joules: dict[str, float] = defaultdict(float)
        self._watts: dict[str, list[float]] = defaultdict(list)
        self._counters = machine.counters()
        self._next = 0.0
        self._looks = 0

    def begin(self) -> None:
        """The measurement proper: what was seen until now was warm-up."""
        self.during.clear()
        self._watts.clear()
        self._joules.clear()
        self._counters = self.machine.counters()
        self._next = time.monotonic() + WATCH_SECONDS / 2

    def due(self) -> float:
        """Seconds until it wants to look again."""
        return max(0.0, self._next - time.monotonic())

    def look(self) -> None:
        # to start a command costs the board some milliseconds
        ask = self._looks % COMMAND_EVERY == 0
        self._looks += 1
        self.during.append(look_at(self.machine, self.cores, ask))
        self._meter()
        for name, watts in self.machine.watts(ask).items():
            self._watts[name].append(watts)
        self._next = time.monotonic() + WATCH_SECONDS

    def conditions(self) -> Facts:
        after = look_at(self.machine, self.cores)
        return {
            "before": self.before,
            "during": {key: _range([look[key] for look in self.during]) for key in ("temperature_c", "mhz")},
            "after": after,
            "throttling": throttling(self.before, self.during, after),
        }

    def energy(self, seconds: float, runs: int) -> Facts | None:
        """Of the whole machine while it measured: what it draws at rest is in it."""
        self._meter()
        meters = {name: joules for name, joules in self._joules.items() if joules > 0}
        for name, watts in self._watts.items():
            meters.setdefault(name, sum(watts) / len(watts) * seconds)
        if not meters or not runs:
            return None
        return {
            "meters": {
                name: {
                    "watts": round(joules / seconds, 3),
                    "millijoules_per_inference": round(joules / runs * 1e3, 3),
                }
                for name, joules in meters.items()
            },
            "note": "of everything that the meter feeds, at rest included",
        }

    def _meter(self) -> None:
        now = self.machine.counters()
        for name, (joules, wrap) in now.items():
            passed = joules - self._counters.get(name, (joules, wrap))[0]
            self._joules[name] += passed if passed >= 0 else passed + wrap
        self._counters = now


def look_at(machine: Machine, cores: Sequence[int], ask: bool = True) -> Facts:
    """Heat, clock and throttling at this moment."""
    return {"temperature_c": machine.temperature(), "mhz": machine.megahertz(cores), **machine.throttle(ask)}


def throttling(before: Facts, during: Sequence[Facts], after: Facts) -> list[str]:
    """Every sign that the machine was slowed down while it measured."""
    looks = [*during, after]
    flags = [look["raspberry"] for look in (before, *looks) if look["raspberry"] is not None]
    signs = [
        text
        for bit, text in RASPBERRY_FLAGS.items()
        if any(value >> bit & 1 for value in flags)
        # the copy that remembers: new since we began
        or (flags and flags[-1] >> (bit + 16) & 1 and not flags[0] >> (bit + 16) & 1)
    ]
    if before["events"] is not None and after["events"] is not None and after["events"] > before["events"]:
        signs.append(f"the CPU throttled itself {after['events'] - before['events']} times")
    clocks = [look["mhz"] for look in during if look["mhz"] is not None]
    if len(clocks) >= 6:
        last = median(clocks[-max(2, len(clocks) // 4) :])
        if last < FELL * max(clocks):
            signs.append(f"the clock fell from {max(clocks):.0f} to {last:.0f} MHz")
    return signs


def _range(values: Sequence[float | None]) -> Facts | None:
    known = [value for value in values if value is not None]
    return {"min": min(known), "max": max(known)} if known else None


def cool_target(wanted: float | None, start: float | None) -> float | None:
    """As cool as is wanted, or about as cool as at first: all configurations then begin alike."""
    if wanted is not None or start is None:
        return wanted
    return max(COOL_FLOOR, start + COOL_MARGIN)


def cool_down(machine: Machine, target: float | None, limit: float, say: Callable[[str], None]) -> Facts:
    """Wait until the machine is no hotter than `target`, for `limit` seconds at most."""
    start = now = machine.temperature()
    begun = time.monotonic()
    while target is not None and now is not None and now > target and time.monotonic() - begun < limit:
        if now == start:
            say(f"{now:.0f} °C: waiting until the board has cooled to {target:.0f} °C")
        time.sleep(min(2.0, limit))
        now = machine.temperature()
    reached = target is None or now is None or now <= target
    return {
        "target_c": target,
        "from_c": start,
        "to_c": now,
        "seconds": round(time.monotonic() - begun, 1),
        "reached": reached,
    }


# ----------------------------------------------------------------------------------------------------------
# Artifacts and the runtimes that open them.

RUNTIMES = {
    # name: module, kind of file, what to install
    "ai-edge-litert": ("ai_edge_litert.interpreter", "tflite", "pip install ai-edge-litert"),
    "tflite-runtime": (
        "tflite_runtime.interpreter",
        "tflite",
        "pip install tflite-runtime 'numpy<2' (Python 3.11 at most; also for 32-bit ARM)",
    ),
    "onnxruntime": ("onnxruntime", "onnx", "pip install onnxruntime"),
}
QUANTIZING = ("QuantizeLinear", "QLinearConv", "ConvInteger")
"""An ONNX file without one of these computes in float, whatever its weights are stored as."""
LARGEST_FILE = 2**31
"""Bytes: flatbuffers and protobufs point no further."""
ONNX_TYPES = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 10: "float16"}


def kind_of(path: Path) -> str:
    """tflite or onnx, by what is in the file."""
    if path.is_dir():
        core_ml = path.suffix == ".mlpackage"
        raise LatencyError(
            "artifact",
            f"{path} is a folder"
            + (": a Core ML package, which runs on Apple's machines alone." if core_ml else "."),
            "Xcode measures Core ML packages: open it there, Performance."
            if core_ml
            else "Name a .tflite or .onnx.",
        )
    if path.exists() and not path.is_file():
        raise LatencyError("artifact", f"{path} is no regular file.", "Name a .tflite or .onnx.")
    if path.exists() and path.stat().st_size > LARGEST_FILE:
        raise LatencyError(
            "artifact", f"{path} is larger than these formats can be.", "Name a .tflite or .onnx."
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise LatencyError(
            "artifact", f"{path} cannot be read: {error.strerror}.", "Check the path."
        ) from None
    if head[4:8] == b"TFL3":
        return "tflite"
    # an ONNX file begins with its IR version, or with what follows where the writer left that out
    if path.suffix == ".onnx" or (head[:1] == b"\x08" and path.suffix != ".tflite"):
        return "onnx"
    raise LatencyError(
        "artifact", f"{path} is neither a TFLite nor an ONNX file.", "Give what fastscnn-export writes."
    )


def runtime_for(kind: str, wanted: str | None) -> str:
    """The runtime that is asked for, or the first that is installed."""
    fitting = [name for name, (_, opens, _) in RUNTIMES.items() if opens == kind]
    if wanted is not None and wanted not in fitting:
        raise LatencyError(
            "usage", f"{wanted} opens no {kind} files.", f"For {kind}: {' or '.join(fitting)}."
        )
    for name in fitting if wanted is None else [wanted]:
        with contextlib.suppress(ModuleNotFoundError, ValueError):
            if importlib.util.find_spec(RUNTIMES[name][0]) is not None:
                return name
    missing = wanted or " or ".join(fitting)
    remedy = "; or ".join(RUNTIMES[name][2] for name in (fitting if wanted is None else [wanted]))
    raise LatencyError(
        "missing-package", f"{missing} is not installed for {sys.executable}.", f"Install it: {remedy}."
    )


def import_runtime(name: str) -> Any:
    module, _, install = RUNTIMES[name]
    # onnxruntime's wheels for Linux would report what they run
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        return importlib.import_module(module)
    except Exception as error:  # a wheel built for another numpy or C library fails in its own way
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise LatencyError(
            "runtime", f"{name} is installed but cannot be loaded: {reason}", f"Try: {install}."
        ) from error


def import_numpy() -> Any:
    try:
        import numpy
    except ImportError as error:
        raise LatencyError(
            "missing-package", f"numpy cannot be loaded: {error}.", "Install it: pip install numpy."
        ) from error
    return numpy


def version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


class TfliteSession:
    """A .tflite file in ai-edge-litert or tflite-runtime, with their default delegate."""

    unprofiled = (
        "TFLite's Python packages have no profiler; benchmark_model --enable_op_profiling=true has one"
    )

    def __init__(self, module: Any, path: Path, threads: int) -> None:
        try:
            self._interpreter = module.Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise unopened(path, error) from error
        details = self._interpreter.get_input_details()
        self.inputs = [
            {
                "name": detail["name"],
                "shape": _fixed(detail.get("shape_signature", detail["shape"]), detail["shape"]),
                "dtype": detail["dtype"].__name__,
            }
            for detail in details
        ]
        self.outputs = [
            {
                "name": detail["name"],
                "shape": [int(n) for n in detail["shape"]],
                "dtype": detail["dtype"].__name__,
            }
            for detail in self._interpreter.get_output_details()
        ]
        self._indices = [detail["index"] for detail in details]
        self.invoke = self._interpreter.invoke

    def feed(self, arrays: Sequence[Any]) -> None:
        for index, array in zip(self._indices, arrays):
            self._interpreter.set_tensor(index, array)

    def precision(self) -> str:
        """By what most elements of its tensors are, activations included."""
        elements: dict[str, int] = defaultdict(int)
        for detail in self._interpreter.get_tensor_details():
            elements[detail["dtype"].__name__] += int(detail["shape"].prod()) if len(detail["shape"]) else 1
        if elements["int8"] + elements["uint8"] > elements["float32"] + elements["float16"]:
            return "int8"
        return "fp16" if elements["float16"] else "fp32"

    def delegation(self) -> Facts | None:
        """Which operators a delegate took and which it left, seen from the outputs backwards."""
        try:
            operators = self._interpreter._get_ops_details()
        except AttributeError:
            return None
        makers = {int(index): operator for operator in operators for index in operator["outputs"]}
        # a delegate's entry comes last, and stands for the operators that it replaced
        parts = [operator for operator in operators if operator["op_name"] == "DELEGATE"]
        makers.update({int(index): part for part in parts for index in part["outputs"]})
        left: dict[int, str] = {}
        seen = set()
        waiting = [int(detail["index"]) for detail in self._interpreter.get_output_details()]
        while waiting:
            maker = makers.get(waiting.pop())
            if maker is None or maker["index"] in seen:
                continue
            seen.add(maker["index"])
            if maker["op_name"] != "DELEGATE":
                left[maker["index"]] = maker["op_name"]
            waiting.extend(int(index) for index in maker["inputs"])
        return {
            "name": "XNNPACK" if parts else None,
            "partitions": len(parts),
            "left_to_builtin_kernels": dict(Counter(left[index] for index in sorted(left))),
            "whole": len(parts) == 1 and not left,
        }

    def profile(self, runs: int) -> Facts | None:
        return None


class OnnxSession:
    """An .onnx file in onnxruntime's CPU provider, optimised as users have it."""

    unprofiled = ""

    def __init__(self, module: Any, path: Path, threads: int) -> None:
        self._module, self._path, self._threads = module, path, threads
        if onnx_loops(path.read_bytes()):
            raise LatencyError(
                "artifact",
                f"{path} holds a loop, which may never end.",
                "Give a network without Loop and Scan.",
            )
        self._session = self._open(self._options())
        self.inputs = [_onnx_tensor(path, tensor) for tensor in self._session.get_inputs()]
        self.outputs = [
            {"name": tensor.name, "shape": list(tensor.shape), "dtype": _onnx_type(tensor.type)}
            for tensor in self._session.get_outputs()
        ]
        self._feed: Facts = {}

    def feed(self, arrays: Sequence[Any]) -> None:
        self._feed = {tensor["name"]: array for tensor, array in zip(self.inputs, arrays)}

    def invoke(self) -> None:
        self._session.run(None, self._feed)

    def precision(self) -> str:
        """By what most of its weights are stored as, where integers are computed with at all."""
        elements, operators = onnx_contents(self._path.read_bytes())
        integers = elements.get("int8", 0) + elements.get("uint8", 0)
        if 2 * integers > sum(elements.values()) and any(name in QUANTIZING for name in operators):
            return "int8"
        return "fp16" if 2 * elements.get("float16", 0) > sum(elements.values()) else "fp32"

    def delegation(self) -> Facts | None:
        return None

    def profile(self, runs: int) -> Facts | None:
        """Milliseconds a run and share, by operator, in a second session; without its first runs."""
        skipped = 2
        with tempfile.TemporaryDirectory() as folder:
            options = self._options()
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "profile")
            session = self._open(options)
            for _ in range(skipped + runs):
                session.run(None, self._feed)
            events = json.loads(Path(session.end_profiling()).read_text())
        return profile_of(events, runs, skipped)

    def _open(self, options: Any) -> Any:
        try:
            return self._module.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has no class of its own for its errors
            raise unopened(self._path, error) from error

    def _options(self) -> Any:
        options = self._module.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self._threads, 1
        options.log_severity_level = 4
        return options


def profile_of(events: Sequence[Facts], runs: int, skipped: int) -> Facts:
    """onnxruntime's events by operator, dearest first; how much of the time computes in float."""
    seen: dict[str, int] = defaultdict(int)
    operators: dict[str, float] = defaultdict(float)
    in_float = 0.0
    for event in events:
        if event.get("cat") != "Node" or not event["name"].endswith("_kernel_time"):
            continue
        seen[event["name"]] += 1
        if seen[event["name"]] <= skipped:
            continue
        arguments = event["args"]
        operators[arguments["op_name"]] += event["dur"] / 1e3 / runs
        given = arguments.get("output_type_shape") or [{}]
        in_float += event["dur"] / 1e3 / runs if next(iter(given[0]), "").startswith("float") else 0.0
    total = sum(operators.values())
    return {
        "operators": [
            {"operator": name, "ms": round(ms, 4), "share": round(ms / total, 4)}
            for name, ms in sorted(operators.items(), key=lambda item: -item[1])
        ],
        "float_share": round(in_float / total, 4) if total else None,
    }


def unopened(path: Path, error: Exception) -> LatencyError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return LatencyError(
        "artifact", f"{path} cannot be opened: {reason}", "It may be cut, or newer than this runtime."
    )


def onnx_contents(data: bytes) -> tuple[dict[str, int], list[str]]:
    """Stored elements by type and the operators' names, without the onnx package."""
    elements: dict[str, int] = defaultdict(int)
    operators: list[str] = []
    for graph in (value for number, value in _fields(data) if number == 7 and isinstance(value, memoryview)):
        for number, value in _fields(graph):
            if not isinstance(value, memoryview):
                continue
            if number == 1:
                operators.extend(
                    bytes(v).decode() for n, v in _fields(value) if n == 4 and isinstance(v, memoryview)
                )
            elif number == 5:
                count, stored = _tensor(value)
                elements[ONNX_TYPES.get(stored, "other")] += count
    return dict(elements), operators


def onnx_loops(data: bytes) -> bool:
    """Whether anything in an ONNX file is run again and again, how often only the file knows."""
    # fields that hold further nodes: a model's graph and functions, a graph's or function's nodes, a node's
    # attributes, an attribute's graphs
    inner = {"model": {7: "graph", 25: "function"}, "graph": {1: "node"}, "function": {7: "node"}}
    inner.update({"node": {5: "attribute"}, "attribute": {6: "graph", 11: "graph"}})
    waiting: list[tuple[str, Any]] = [("model", data)]
    while waiting:
        what, message = waiting.pop()
        for number, value in _fields(message):
            if not isinstance(value, memoryview):
                continue
            if what == "node" and number == 4 and bytes(value) in (b"Loop", b"Scan"):
                return True
            if number in inner[what]:
                waiting.append((inner[what][number], value))
    return False


def _tensor(message: memoryview) -> tuple[int, int]:
    """Elements and type of a stored tensor."""
    count, stored = 1, 0
    for number, value in _fields(message):
        if number == 1 and isinstance(value, int):
            count *= value
        elif number == 1 and isinstance(value, memoryview):
            place = 0
            while place < len(value):
                size, place = _varint(value, place)
                count *= size
        elif number == 2 and isinstance(value, int):
            stored = value
    return count, stored


def _fields(data: Any) -> Iterator[tuple[int, Any]]:
    """A protobuf message's fields: numbers as int, everything that has a length as a view."""
    view, place = memoryview(data), 0
    while place < len(view):
        key, place = _varint(view, place)
        wire = key & 7
        if wire == 0:
            value, place = _varint(view, place)
            yield key >> 3, value
        elif wire == 2:
            length, place = _varint(view, place)
            yield key >> 3, view[place : place + length]
            place += length
        elif wire in (1, 5):
            place += 8 if wire == 1 else 4
        else:
            return


def _varint(view: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(view):
        byte = view[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, place


def _fixed(signature: Sequence[int], shape: Sequence[int]) -> list[int | None]:
    """The shape, with None where the file leaves it open; an open batch is 1."""
    opened = [None if size < 0 else int(size) for size in signature]
    return [int(shape[0]) if opened[:1] == [None] else opened[0], *opened[1:]] if opened else []


def _onnx_tensor(path: Path, tensor: Any) -> Facts:
    shape = [size if isinstance(size, int) and size > 0 else None for size in tensor.shape]
    if shape and shape[0] is None:
        shape[0] = 1
    return {"name": tensor.name, "shape": shape, "dtype": _onnx_type(tensor.type)}


def _onnx_type(text: str) -> str:
    """tensor(float) as numpy names it."""
    name = text.partition("(")[2].rstrip(")")
    return {"float": "float32", "double": "float64"}.get(name, name)


def pictures(inputs: Sequence[Facts], given: Any | None, path: Path) -> list[Any]:
    """What the artifact is fed with: a fixed pseudo-random picture in its own type, or the user's array."""
    numpy = import_numpy()
    if given is not None:
        return [_given(inputs, given, path)]
    dice = numpy.random.RandomState(0)
    arrays = []
    for tensor in inputs:
        if None in tensor["shape"]:
            raise LatencyError(
                "artifact",
                f"{path} leaves the size of {tensor['name']} open: {_shape(tensor['shape'])}.",
                "Write it for one size (fastscnn-export --size HxW), or give --input FILE.npy.",
            )
        pixels = dice.randint(0, 256, tensor["shape"])
        dtype = numpy.dtype(tensor["dtype"])
        if dtype == numpy.int8:
            pixels = pixels - 128
        elif dtype.kind == "f" and tensor["name"] == "input":
            # a network that takes the normalised picture
            pixels = (pixels - 127.5) / 64
        arrays.append(numpy.ascontiguousarray(pixels.astype(dtype)))
    return arrays


def _given(inputs: Sequence[Facts], given: Any, path: Path) -> Any:
    numpy = import_numpy()
    wanted = inputs[0]["shape"]
    if len(inputs) != 1:
        raise LatencyError(
            "input", f"{path} has {len(inputs)} inputs; --input fills one.", "Leave --input out."
        )
    array = given[None] if given.ndim == len(wanted) - 1 else given
    fits = len(array.shape) == len(wanted) and all(w in (None, s) for w, s in zip(wanted, array.shape))
    dtype = inputs[0]["dtype"]
    if not fits or array.dtype != numpy.dtype(dtype):
        raise LatencyError(
            "input",
            f"--input holds {array.dtype} {_shape(array.shape)}; {path} takes {dtype} {_shape(wanted)}.",
            "Save the array in the artifact's own type and shape.",
        )
    return numpy.ascontiguousarray(array)


def _shape(shape: Sequence[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in shape)


# ----------------------------------------------------------------------------------------------------------
# The process that measures.


class Bench:
    """One artifact in one runtime, and every call that is timed."""

    def open(self, task: Facts) -> Facts:
        """Load the runtime and the file; run it once."""
        if task["pinned"]:
            try:
                os.sched_setaffinity(0, task["pinned"])
            except (OSError, AttributeError, ValueError) as error:
                raise LatencyError(
                    "cores",
                    f"This system does not pin to cores {task['pinned']}: {error}.",
                    "Use --cores all.",
                ) from error
        numpy = import_numpy()
        path = Path(task["file"])
        given = None
        if task["input"] is not None:
            try:
                given = numpy.load(task["input"], allow_pickle=False)
            except (OSError, ValueError) as error:
                raise LatencyError(
                    "input", f"--input {task['input']}: {error}", "Give an array saved by numpy.save."
                ) from error
        begun = time.perf_counter()
        module = import_runtime(task["runtime"])
        imported = time.perf_counter()
        before = peak_memory()
        kind: Any = OnnxSession if RUNTIMES[task["runtime"]][1] == "onnx" else TfliteSession
        opening = time.perf_counter()
        self.session = kind(module, path, task["threads"])
        opened = time.perf_counter()
        self.session.feed(pictures(self.session.inputs, given, path))
        self._preempted = _preemptions()
        try:
            first = self._timed()
        except Exception as error:  # runtimes raise what they like
            raise unopened(path, error) from error
        return {
            "runtime": task["runtime"],
            "runtime_version": version_of(task["runtime"]),
            "precision": self.session.precision(),
            "inputs": self.session.inputs,
            "outputs": self.session.outputs,
            "delegate": self.session.delegation(),
            "import_ms": _ms(imported - begun),
            "load_ms": _ms(opened - opening),
            "first_ms": _ms(first),
            "memory_before_bytes": before,
        }

    def warm_up(self, limit: float) -> Facts:
        """Run until two windows of runs in a row have the same median, for `limit` seconds at most."""
        begun, runs, last, stable = time.perf_counter(), 0, math.inf, False
        while not stable and time.perf_counter() - begun < limit:
            window = self.block(WINDOW_SECONDS, WINDOW_RUNS, 0)
            runs, now = runs + len(window), median(window)
            stable, last = abs(now - last) <= STABLE * now, now
        return {"runs": runs, "seconds": round(time.perf_counter() - begun, 3), "stable": stable}

    def block(self, seconds: float, least: int, uncounted: int) -> list[float]:
        """Seconds of each run, for so long and at least so many; slow ones end a block by time alone."""
        for _ in range(uncounted):
            self.session.invoke()
        times: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < least:
            times.append(self._timed())
            if sum(times) > max(1.0, seconds):
                break
        return times

    def profile(self, runs: int) -> Facts:
        found = self.session.profile(runs)
        return {"profile": found, "note": self.session.unprofiled if found is None else ""}

    def usage(self) -> Facts:
        return {"peak_bytes": peak_memory(), "preempted": _preemptions() - self._preempted}

    def _timed(self) -> float:
        begun = time.perf_counter()
        self.session.invoke()
        return time.perf_counter() - begun


def peak_memory() -> int | None:
    """The most memory that this process ever held."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        if found:
            return int(found.group(1)) * 1024
    with contextlib.suppress(ImportError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if platform.system() == "Darwin" else peak * 1024
    return None


def _preemptions() -> int:
    """How often others were given this process's core."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


class Here:
    """A Bench in this very process: for emulators and profilers."""

    def __init__(self) -> None:
        self._bench = Bench()

    def call(self, name: str, *arguments: Any, watch: Watch | None = None) -> Any:
        if watch is not None and watch.due() == 0:
            watch.look()
        return getattr(self._bench, name)(*arguments)

    def close(self) -> None:
        pass


class Apart:
    """A Bench in a process of its own."""

    def __init__(self, label: str) -> None:
        self._label = label
        forks = "fork" in multiprocessing.get_all_start_methods() and platform.system() == "Linux"
        context = multiprocessing.get_context("fork" if forks else "spawn")
        self._connection, theirs = context.Pipe()
        handle, self._log = tempfile.mkstemp(prefix="latency-", suffix=".log")
        os.close(handle)
        unwanted = self._connection if forks else None
        maker: Any = context.Process  # type: ignore[attr-defined]
        self._process = maker(target=_serve, args=(theirs, unwanted, self._log), daemon=True)
        self._process.start()
        theirs.close()

    def call(self, name: str, *arguments: Any, watch: Watch | None = None) -> Any:
        try:
            self._connection.send((name, arguments))
            while watch is not None and not self._connection.poll(watch.due()):
                watch.look()
            outcome, value = self._connection.recv()
        except (EOFError, OSError):
            raise self._crash(name) from None
        if outcome == "refused":
            raise LatencyError(*value)
        return value

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join(5)
        with contextlib.suppress(OSError):
            Path(self._log).unlink()

    def _crash(self, doing: str) -> LatencyError:
        self._process.join(5)
        code = self._process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        said = Path(self._log).read_text(errors="replace").strip().splitlines()[-1:]
        return LatencyError(
            "crash",
            f"The runtime's process died ({how}) at {doing} of {self._label}."
            + (f" It said: {said[0]}" if said else ""),
            {
                "SIGILL": "This runtime was built for a newer CPU: try an older version of it, or --runtime.",
                "SIGKILL": "Most likely there was no memory left for it.",
            }.get(how, "Try another version of the runtime, or --runtime."),
        )


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody interrupts: a process that is not on our list yet would be left behind."""
    _mask("SIG_BLOCK")
    try:
        yield
    finally:
        _mask("SIG_UNBLOCK")


def _mask(how: str) -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(getattr(signal, how), {signal.SIGINT, signal.SIGTERM})


def _serve(connection: Any, unwanted: Any, log: str) -> None:
    """The life of a process apart: answer until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _mask("SIG_UNBLOCK")
    if unwanted is not None:
        # a forked copy of the other end would keep the pipe open for ever
        unwanted.close()
    # runtimes announce themselves on stderr, past Python
    handle = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 2)
    bench = Bench()
    while True:
        try:
            name, arguments = connection.recv()
            answer: tuple[str, Any]
            try:
                answer = ("done", getattr(bench, name)(*arguments))
            except LatencyError as error:
                answer = ("refused", (error.kind, error.message, error.remedy))
            except MemoryError:
                answer = (
                    "refused",
                    ("memory", "There is not enough memory for it.", "Close other programs."),
                )
            connection.send(answer)
        except (EOFError, OSError):
            os._exit(0)


# ----------------------------------------------------------------------------------------------------------
# A measurement: one or several artifacts, at so many threads, on these cores.


class Plan:
    """How long is long enough."""

    def __init__(self, least_runs: int, least_seconds: float, most_seconds: float, warm_up: float) -> None:
        self.least_runs, self.least_seconds = least_runs, least_seconds
        self.most_seconds, self.warm_up = most_seconds, warm_up

    def enough(self, runs: int, seconds: float, rounds: int, least_rounds: int) -> bool:
        if runs < min(LEAST_RUNS, self.least_runs) or rounds < least_rounds:
            return False
        return seconds >= self.most_seconds or (runs >= self.least_runs and seconds >= self.least_seconds)


def plan_of(options: argparse.Namespace) -> Plan:
    """By default 5 s and 100 runs; the long form 60 s and 1,024 runs; each gives up waiting at some time."""
    if options.long and (options.runs is not None or options.seconds is not None):
        raise LatencyError("usage", "--long has its own --runs and --seconds.", "Leave either out.")
    for given, least, what in (
        (options.runs, LEAST_RUNS, "runs"),
        (options.seconds, LEAST_SECONDS, "seconds"),
    ):
        if given is not None and given < least and not options.force:
            raise LatencyError(
                "too-short",
                f"{given:g} {what} are too few to mean anything.",
                f"Give at least {least:g}; --force measures all the same and says so.",
            )
    if options.long:
        return Plan(1024, 60.0, 300.0, 20.0)
    if options.runs is None and options.seconds is None:
        return Plan(TAIL_RUNS, 5.0, 30.0, 10.0)
    seconds = options.seconds if options.seconds is not None else 0.0 if options.force else LEAST_SECONDS
    return Plan(options.runs or LEAST_RUNS, seconds, math.inf, min(10.0, max(2.0, seconds)))


def interleaved(order: int, count: int) -> list[int]:
    """Who goes when in this round: forth, back, forth, so that a drift hits all alike."""
    return list(range(count)) if order % 2 == 0 else list(reversed(range(count)))


def measure(
    group: Sequence[Facts], plan: Plan, machine: Machine, cores: Sequence[int], apart: bool
) -> list[Facts]:
    """Tasks of one configuration, block by block in turn; their results carry each round's runs."""
    watch = Watch(machine, cores)
    benches: list[Any] = []
    try:
        results = []
        for task in group:
            with undisturbed():
                benches.append(Apart(task["file"]) if apart else Here())
            results.append({**task["about"], **benches[-1].call("open", task, watch=watch)})
        for bench, result in zip(benches, results):
            result["warm_up"] = bench.call("warm_up", plan.warm_up, watch=watch)
        watch.begin()
        begun = time.perf_counter()
        blocks = _rounds(benches, plan, watch)
        seconds = time.perf_counter() - begun
        conditions = watch.conditions()
        # of two that took turns nobody can say who drew what
        energy = watch.energy(seconds, sum(map(len, blocks[0]))) if len(group) == 1 else None
        for bench, result, task, rounds in zip(benches, results, group, blocks):
            result["latency_ms"] = summary([run for block in rounds for run in block])
            result["block_p50_ms"] = [_ms(median(block)) for block in rounds]
            result["interleaved"] = len(group) > 1
            result["conditions"] = dict(conditions)
            result["energy"] = energy
            usage = bench.call("usage")
            result["memory"] = {
                "before_bytes": result.pop("memory_before_bytes"),
                "peak_bytes": usage["peak_bytes"],
            }
            result["preempted"] = usage["preempted"]
            result["rounds"] = rounds
            result["operators"] = (
                bench.call("profile", task["profile_runs"]) if task["profile_runs"] else None
            )
        return results
    finally:
        for bench in benches:
            bench.close()


def _rounds(benches: Sequence[Any], plan: Plan, watch: Watch) -> list[list[list[float]]]:
    """For each bench its blocks of runs."""
    alone = len(benches) == 1
    length, least, uncounted = (1.0, 1, 0) if alone else (0.25, WINDOW_RUNS, 1)
    # a short measurement has blocks all the same, and a forced one no more than was asked for
    length = min(length, plan.least_seconds / 4)
    blocks: list[list[list[float]]] = [[] for _ in benches]
    done = 0
    while True:
        for index in interleaved(done, len(benches)):
            blocks[index].append(benches[index].call("block", length, least, uncounted, watch=watch))
        done += 1
        if all(
            plan.enough(sum(map(len, own)), sum(map(sum, own)), done, 1 if alone else ROUNDS)
            for own in blocks
        ):
            return blocks


def measure_all(options: argparse.Namespace, machine: Machine, say: Callable[[str], None]) -> Facts:
    """The whole document of one run of this script."""
    plan = plan_of(options)
    artifacts = [_artifact(path, options) for path in options.files]
    facts = machine.facts()
    configurations = configurations_of(options, machine, facts)
    target = cool_target(options.cool, machine.temperature())
    groups = [artifacts] if options.compare else [[artifact] for artifact in artifacts]
    results: list[Facts] = []
    comparisons: list[Facts] = []
    for place, (threads, name, pinned) in enumerate(configurations):
        for group in groups:
            cooling = cool_down(machine, target, options.cool_wait, say)
            setting = {"threads": threads, "cores": name, "core_list": pinned}
            say(f"{' and '.join(artifact['file'] for artifact in group)}: {_setting(setting)}")
            tasks = [_task(artifact, setting, options, profiled=place == 0) for artifact in group]
            measured = measure(tasks, plan, machine, pinned or machine.cores(), not options.in_process)
            comparisons.extend(_compared(measured) if options.compare else [])
            for result in measured:
                result["conditions"]["cooling"] = cooling
                del result["rounds"]
            results.extend(measured)
    document = {
        "schema": SCHEMA,
        "tool": {"name": "latency.py", "sha256": digest(Path(__file__))},
        "machine": facts,
        "options": {
            "form": "long" if options.long else "short",
            "least_runs": plan.least_runs,
            "least_seconds": plan.least_seconds,
            "forced": options.force,
            "compare": options.compare,
            "input": options.input,
        },
        "results": results,
        "comparisons": comparisons,
    }
    return {**document, "verdict": verdict(document)}


def _task(artifact: Facts, setting: Facts, options: argparse.Namespace, profiled: bool) -> Facts:
    """What a Bench is told, and under `about` what its result begins with."""
    known = {key: artifact[key] for key in ("file", "format", "bytes", "sha256")}
    return {
        "file": artifact["path"],
        "runtime": artifact["runtime"],
        "threads": setting["threads"],
        "pinned": setting["core_list"],
        "input": options.input,
        "profile_runs": PROFILE_RUNS if options.profile and profiled else 0,
        "about": {**known, **setting},
    }


def _compared(measured: Sequence[Facts]) -> list[Facts]:
    """Each but the first against the first."""
    first = measured[0]
    return [
        {
            "file": other["file"],
            "against": first["file"],
            "threads": other["threads"],
            "cores": other["cores"],
            **ratio(other["rounds"], first["rounds"]),
        }
        for other in measured[1:]
    ]


def _artifact(path: str, options: argparse.Namespace) -> Facts:
    kind = kind_of(Path(path))
    names = [Path(other).name for other in options.files]
    return {
        "path": path,
        "file": Path(path).name if names.count(Path(path).name) == 1 else path,
        "format": kind,
        "runtime": runtime_for(kind, options.runtime),
        "bytes": Path(path).stat().st_size,
        "sha256": digest(Path(path)),
    }


def configurations_of(
    options: argparse.Namespace, machine: Machine, facts: Facts
) -> list[tuple[int, str, list[int] | None]]:
    """Threads, the name of a set of cores, and the cores where they are pinned."""
    every, big = machine.cores(), facts["big_cores"]
    named: dict[str, list[int] | None] = {"all": None}
    if options.cores == "big":
        if not big:
            raise LatencyError(
                "cores", "All cores of this machine are alike, as far as it tells.", "Use --cores all."
            )
        named = {"big": big}
    elif options.cores == "auto":
        named.update({"big": big} if big else {})
    elif options.cores != "all":
        chosen = _chosen_cores(options.cores, every)
        named = {options.cores: chosen}
    found = []
    for name, pinned in named.items():
        available = len(pinned or every)
        asked = options.threads or [count for count in (1, 2, 4) if count <= available]
        for threads in asked:
            if threads > available and name == "big" and options.cores == "auto":
                continue
            if threads > available and not options.force:
                raise LatencyError(
                    "threads",
                    f"{threads} threads are more than the cores at hand: {available} ({name}).",
                    f"Give --threads up to {available}; --force measures all the same and says so.",
                )
            found.append((threads, name, pinned))
    return found


def _chosen_cores(text: str, every: Sequence[int]) -> list[int]:
    try:
        chosen = _core_list(text)
    except ValueError:
        raise LatencyError(
            "usage", f"--cores {text!r} is no list of cores.", "Example: --cores big, --cores 4-7."
        ) from None
    absent = [core for core in chosen if core not in every]
    if absent:
        raise LatencyError(
            "cores", f"Core {absent[0]} is not there, or not for us.", f"At hand: {_joined(every)}."
        )
    return chosen


def _joined(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values))


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        found = hashlib.sha256()
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            found.update(chunk)
    return found.hexdigest()


# ----------------------------------------------------------------------------------------------------------
# The verdict: what the figures mean, and what forbids to believe them. Reads facts alone.

Line = Dict[str, str]


def verdict(document: Facts) -> list[Line]:
    """Sentences, each with a code for machines: first what was found, then every doubt."""
    machine, results = document["machine"], document["results"]
    lines = [*_fastest(results), *_ratios(document), *_threads_gain(results), *_int8(document)]
    for result in results:
        lines.extend(_doubts(result, machine))
    lines.extend(_machine_doubts(machine))
    return lines


def _line(code: str, text: str) -> Line:
    return {"code": code, "text": text}


def _where(result: Facts) -> str:
    return f"{result['file']}, {_setting(result)}"


def _setting(result: Facts) -> str:
    cores = "" if result["cores"] == "all" else f", {result['cores']} cores"
    return f"{result['threads']} thread{'s' if result['threads'] > 1 else ''}{cores}"


def _fastest(results: Sequence[Facts]) -> Iterator[Line]:
    best = min(results, key=lambda result: result["latency_ms"]["p50"])
    time_ms = best["latency_ms"]["p50"]
    yield _line("fastest", f"{_where(best)}: {time_ms:.2f} ms, {1e3 / time_ms:.1f} a second.")


def _ratios(document: Facts) -> Iterator[Line]:
    for compared in document["comparisons"]:
        low, high = compared["interval95"]
        what = f"{compared['file']} against {compared['against']}, {_setting(compared)}"
        spread = f"{compared['median']:.3f} of its time (95 %: {low:.3f} to {high:.3f})"
        if low <= 1 <= high:
            yield _line("no-difference", f"{what}: no difference that this run could tell, {spread}.")
        else:
            faster = "faster" if compared["median"] < 1 else "slower"
            yield _line(faster, f"{what}: {faster}, {spread}.")


def _threads_gain(results: Sequence[Facts]) -> Iterator[Line]:
    """More threads that give nothing."""
    for one in (result for result in results if result["threads"] == 1):
        for more in results:
            same = all(more[key] == one[key] for key in ("sha256", "cores"))
            gain = one["latency_ms"]["p50"] / more["latency_ms"]["p50"]
            if same and more["threads"] > 1 and gain < 1 + SAME:
                yield _line(
                    "threads", f"{_where(more)}: no faster than one thread ({gain:.2f} of its speed)."
                )


def _int8(document: Facts) -> Iterator[Line]:
    """Is int8 worth it here, and if not, why."""
    machine, results = document["machine"], document["results"]
    for ours in (result for result in results if result["precision"] == "int8"):
        for theirs in results:
            same = all(ours[key] == theirs[key] for key in ("format", "threads", "cores", "runtime"))
            if not same or theirs["precision"] == "int8" or _pixels(ours) != _pixels(theirs):
                continue
            share, noise = _share(ours, theirs, document["comparisons"])
            what = f"{_where(ours)}: {share:.2f} of the time of {theirs['file']} ({theirs['precision']})"
            if share + noise < 1 - SAME:
                yield _line("int8-faster", f"{what}.")
            elif share - noise > 1 - SAME:
                yield _line("int8-no-faster", f"{what}: int8 is no faster here{_why(ours, machine)}.")
            else:
                yield _line("int8-unclear", f"{what}: within the noise; --compare may tell.")


def _share(ours: Facts, theirs: Facts, comparisons: Sequence[Facts]) -> tuple[float, float]:
    """How much of their time ours takes, and how far that may be off; from taking turns where they did."""
    for compared in comparisons:
        low, high = compared["interval95"]
        if all(compared[key] == ours[key] for key in ("threads", "cores")):
            if (compared["file"], compared["against"]) == (ours["file"], theirs["file"]):
                return compared["median"], (high - low) / 2
            if (compared["against"], compared["file"]) == (ours["file"], theirs["file"]):
                return 1 / compared["median"], (1 / low - 1 / high) / 2
    mine, other = ours["latency_ms"], theirs["latency_ms"]
    return mine["p50"] / other["p50"], max(mine["spread"], other["spread"])


def _why(result: Facts, machine: Facts) -> str:
    features = machine["features"]
    if machine["emulated"]:
        return ", but this CPU is emulated"
    if features is not None and not any(name in features for name in DOT_PRODUCT):
        arm = machine["machine"].lower().startswith(("aarch64", "arm"))
        return f": this core has no {'dotprod' if arm else 'VNNI'}"
    delegate, operators = result["delegate"], result["operators"]
    if delegate is not None and not delegate["whole"]:
        return ": no delegate took the whole graph"
    in_float = ((operators or {}).get("profile") or {}).get("float_share")
    return f": {in_float:.0%} of the time still computes in float" if in_float else ""


def _pixels(result: Facts) -> int:
    """Height times width: the shape without its batch and its channels."""
    sizes = sorted(size or 0 for size in result["inputs"][0]["shape"])
    return math.prod(sizes[-2:])


def _doubts(result: Facts, machine: Facts) -> Iterator[Line]:
    where, latency, conditions = _where(result), result["latency_ms"], result["conditions"]
    if conditions["throttling"]:
        signs = ", ".join(conditions["throttling"])
        yield _line(
            "throttled", f"{where}: the machine was slowed down ({signs}): these are not its real figures."
        )
    if not conditions["cooling"]["reached"]:
        cooling = conditions["cooling"]
        yield _line("hot", f"{where}: began at {cooling['to_c']:.0f} °C, above {cooling['target_c']:.0f} °C.")
    if latency["spread"] > NOISY:
        yield _line(
            "noisy",
            f"{where}: too noisy: the middle half of the runs spreads over {latency['spread']:.0%} of the"
            f" median (others took its core {result['preempted']} times); believe no smaller difference.",
        )
    if latency["drift"] > DRIFTING:
        yield _line(
            "slowing",
            f"{where}: the last quarter of the runs was {latency['drift']:.0%} slower than the first.",
        )
    if latency.get("p50_is_mean"):
        yield _line("mean", f"{where}: this benchmark binary tells no median: the mean stands in its place.")
    if not result["warm_up"]["stable"]:
        yield _line("warm-up", f"{where}: never became steady while warming up.")
    if latency["runs"] < LEAST_RUNS or latency["seconds"] < LEAST_SECONDS:
        yield _line(
            "too-short", f"{where}: {latency['runs']} runs in {latency['seconds']:.2f} s mean little."
        )
    elif latency["runs"] < TAIL_RUNS:
        yield _line("tail", f"{where}: p99 of {latency['runs']} runs is hardly more than the slowest one.")
    if result["threads"] > len(result["core_list"] or range(machine["cores"])):
        yield _line("threads", f"{where}: more threads than cores: they wait for each other.")
    if machine["cpu_quota"] is not None and result["threads"] > machine["cpu_quota"]:
        yield _line("quota", f"{where}: this container may use {machine['cpu_quota']:g} cores at once.")
    delegate = result["delegate"]
    if delegate is not None and not delegate["whole"]:
        left = ", ".join(f"{count} {name}" for name, count in delegate["left_to_builtin_kernels"].items())
        parts = f"{delegate['partitions']} partitions" if delegate["partitions"] else "nothing"
        yield _line(
            "delegate", f"{where}: the delegate took {parts}; left to slower kernels: {left or 'none'}."
        )


def _machine_doubts(machine: Facts) -> Iterator[Line]:
    if machine["emulated"]:
        yield _line(
            "emulated", "This CPU is emulated: outputs are right, times say nothing about the real one."
        )
    load, cores = machine["load_average"], machine["cores"]
    if load is not None and load > 0.3 * cores:
        yield _line("busy", f"Other programs want this CPU: load {load:.1f} on {cores} cores at the start.")
    if machine["governor"] in ("powersave", "conservative"):
        yield _line(
            "governor", f"The governor is {machine['governor']}: the clock may stay low. Try performance."
        )


# ----------------------------------------------------------------------------------------------------------
# For people.

COLUMNS = (
    "file",
    "precision",
    "threads",
    "cores",
    "p50 ms",
    "p90",
    "p99",
    "mean",
    "min",
    "runs",
    "first",
    "load",
    "peak MB",
    "°C",
)


def table(document: Facts) -> str:
    """The document as people read it."""
    rows = [COLUMNS, *(_row(result) for result in document["results"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    left = (0, 1, 3)
    lines = [_headline(document), ""]
    for row in rows:
        cells = (
            text.ljust(w) if i in left else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths))
        )
        lines.append("  ".join(cells).rstrip())
    details = [line for result in document["results"] for line in _details(result)]
    lines.extend(["", *details] if details else [])
    return "\n".join([*lines, "", *(line["text"] for line in document["verdict"])])


def _headline(document: Facts) -> str:
    machine = document["machine"]
    features = machine["features"]
    known = "features unknown" if features is None else ", ".join(features) or "no SIMD of note"
    clock = machine["frequency_limit_mhz"]
    runtimes = sorted({f"{result['runtime']} {result['runtime_version']}" for result in document["results"]})
    parts = [
        f"{machine['board']}: {machine['cpu']}" if machine["board"] else machine["cpu"],
        known,
        f"{machine['cores']} cores"
        + (f", big: {_joined(machine['big_cores'])}" if machine["big_cores"] else ""),
        f"up to {clock:.0f} MHz" if clock else "",
        f"governor {machine['governor']}" if machine["governor"] else "",
        ", ".join(runtimes),
    ]
    return "; ".join(part for part in parts if part)


def _row(result: Facts) -> tuple[str, ...]:
    latency, memory = result["latency_ms"], result["memory"]
    heat = result["conditions"]["during"]["temperature_c"]
    return (
        result["file"],
        result["precision"],
        str(result["threads"]),
        result["cores"],
        *(_number(latency[name], ".2f") for name in ("p50", "p90", "p99", "mean", "min")),
        str(latency["runs"]),
        f"{result['first_ms']:.1f}",
        f"{result['load_ms']:.1f}",
        _number(memory["peak_bytes"] and memory["peak_bytes"] / 1e6, ".0f"),
        _number(heat and heat["max"], ".0f"),
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _details(result: Facts) -> Iterator[str]:
    """Operators and energy, where they are known."""
    operators, delegate = result["operators"] or {}, result["delegate"]
    if operators and delegate is not None and delegate["whole"]:
        yield f"{result['file']}: {delegate['name']} took the whole graph; {operators['note']}"
    if operators.get("profile"):
        dearest = operators["profile"]["operators"][:8]
        yield f"{result['file']}, share of time by operator: " + ", ".join(
            f"{entry['operator']} {entry['share']:.0%}" for entry in dearest
        )
    for name, meter in ((result["energy"] or {}).get("meters") or {}).items():
        drawn = f"{meter['watts']:.2f} W, {meter['millijoules_per_inference']:.1f} mJ an inference"
        yield f"{_where(result)}: {name}: {drawn}, at rest included"


# ----------------------------------------------------------------------------------------------------------
# The command.

EXAMPLES = """examples:
  python3 latency.py net.tflite                          threads 1, 2 and 4, as far as there are cores
  python3 latency.py net.tflite --threads 4 --long       60 s and 1,024 runs
  python3 latency.py --compare fp32.tflite int8.tflite   interleaved; prints ratios with their spread
  python3 latency.py net.onnx --cores big --json > net.json

exit codes: 0 done, 2 the input is wrong, 130 interrupted
"""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LatencyError("usage", f"{message[:1].upper()}{message[1:]}.", f"See {self.prog} --help.")


def parser() -> Parser:
    own = Parser(
        prog="latency.py",
        description="Latency of .tflite and .onnx files on this machine, with what may have disturbed it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    own.add_argument("files", nargs="+", metavar="FILE", help=".tflite or .onnx")
    own.add_argument(
        "--threads", type=_counts, metavar="N,N", help="default: 1,2,4, as far as there are cores"
    )
    own.add_argument(
        "--cores",
        default="auto",
        metavar="all|big|LIST",
        help="default: all, and where cores differ the big ones alone too; or a list: 4-7",
    )
    own.add_argument("--compare", action="store_true", help="take turns, and print ratios to the first file")
    own.add_argument("--long", action="store_true", help="60 s and 1,024 runs, or 5 minutes")
    own.add_argument("--runs", type=_count, metavar="N", help="at least so many")
    own.add_argument("--seconds", type=_seconds, metavar="S", help="at least so long")
    own.add_argument("--input", metavar="FILE.npy", help="instead of a fixed pseudo-random picture")
    own.add_argument("--runtime", choices=list(RUNTIMES), help="default: the first that is installed")
    own.add_argument("--no-profile", dest="profile", action="store_false", help="no time by operator")
    own.add_argument(
        "--cool",
        type=_seconds,
        metavar="DEGREES",
        help="wait until the CPU is this cool; default: as at first",
    )
    own.add_argument(
        "--cool-wait", type=_seconds, default=120.0, metavar="S", help="give up cooling after; default 120"
    )
    own.add_argument(
        "--in-process", action="store_true", help="no process apart: for emulators and profilers"
    )
    own.add_argument("--force", action="store_true", help="measure what would be refused, and say so")
    own.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else there")
    own.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return own


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _counts(text: str) -> list[int]:
    return sorted({_count(part.strip()) for part in text.split(",")})


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json, quiet = "--json" in given, "--quiet" in given

    def say(text: str) -> None:
        if not quiet:
            print(text, file=sys.stderr, flush=True)

    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        options = parser().parse_args(given)
        if options.compare and len(options.files) < 2:
            raise LatencyError(
                "usage", "--compare needs two files or more.", "Example: --compare a.tflite b.tflite"
            )
        document = measure_all(options, Machine(), say)
        print(json.dumps(document, indent=2) if as_json else table(document), flush=True)
        return 0
    except LatencyError as error:
        print(f"error: {error.message}" + (f"\n  {error.remedy}" if error.remedy else ""), file=sys.stderr)
        failure = {"kind": error.kind, "message": error.message, "remedy": error.remedy}
        code = 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        failure, code = {"kind": "interrupted", "message": "interrupted", "remedy": ""}, INTERRUPTED
    except BrokenPipeError:
        # the reader of a pipe has seen enough; Python must not complain again when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
    if as_json:
        print(json.dumps({"error": failure}, indent=2), flush=True)
    return code


def _interrupt(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
