"""Machines that are not at hand: the files that they would show, in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks import latency

CPU = "sys/devices/system/cpu"
ARM_CORE = """processor\t: {core}
BogoMIPS\t: 108.00
Features\t: {features}
CPU implementer\t: 0x41
CPU part\t: {part}
"""


def machine(
    folder: Path, files: Mapping[str, object], kind: str, commands: Mapping[str, str] | None = None
) -> latency.Machine:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"{content}\n")

    def command(*words: str) -> str:
        return (commands or {}).get(" ".join(words), "")

    return latency.Machine(str(folder), kind, command)


def cpuinfo(parts: str, features: str) -> str:
    return "\n".join(
        ARM_CORE.format(core=core, part=part, features=features) for core, part in enumerate(parts.split())
    )


RASPBERRY_5 = {
    "proc/cpuinfo": cpuinfo("0xd0b 0xd0b 0xd0b 0xd0b", "fp asimd asimdhp asimddp")
    + "\nModel\t: Raspberry Pi 5 Model B Rev 1.0",
    "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    "proc/meminfo": "MemTotal:        8245696 kB",
    "proc/loadavg": "0.05 0.10 0.09 1/200 1234",
    f"{CPU}/online": "0-3",
    **{f"{CPU}/cpu{core}/cpufreq/scaling_governor": "ondemand" for core in range(4)},
    **{f"{CPU}/cpu{core}/cpufreq/cpuinfo_max_freq": 2400000 for core in range(4)},
    **{f"{CPU}/cpu{core}/cpufreq/scaling_cur_freq": 1500000 + 300000 * core for core in range(4)},
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
    "sys/class/thermal/thermal_zone0/temp": 51250,
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50000",
}
PHONE = {
    "proc/cpuinfo": cpuinfo("0xd05 " * 4 + "0xd0d " * 3 + "0xd44", "fp asimd asimddp i8mm"),
    f"{CPU}/online": "0-7",
    **{
        f"{CPU}/cpu{core}/cpu_capacity": capacity
        for core, capacity in enumerate([250] * 4 + [800] * 3 + [1024])
    },
    "sys/class/thermal/thermal_zone0/type": "battery",
    "sys/class/thermal/thermal_zone0/temp": 90000,
    "sys/class/thermal/thermal_zone1/type": "cpu-1-0",
    "sys/class/thermal/thermal_zone1/temp": 44000,
}
LAPTOP = {
    "proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: 13th Gen Intel(R) Core(TM)\n"
    "flags\t\t: fpu sse2 avx2 avx_vnni\n",
    f"{CPU}/online": "0",
    f"{CPU}/cpu0/thermal_throttle/core_throttle_count": 4,
    f"{CPU}/cpu0/thermal_throttle/package_throttle_count": 3,
    "sys/class/powercap/intel-rapl:0/name": "package-0",
    "sys/class/powercap/intel-rapl:0/energy_uj": 999000000,
    "sys/class/powercap/intel-rapl:0/max_energy_range_uj": 1000000000,
    "sys/class/powercap/intel-rapl:0:0/name": "core",
    "sys/class/powercap/intel-rapl:0:0/energy_uj": 5,
    "sys/class/hwmon/hwmon0/name": "coretemp",
    "sys/class/hwmon/hwmon0/temp1_input": 61000,
    "sys/class/hwmon/hwmon0/temp2_input": 63500,
}
JETSON = {
    "proc/cpuinfo": cpuinfo("0xd42 0xd42", "asimd"),
    "sys/class/hwmon/hwmon3/name": "ina3221",
    "sys/class/hwmon/hwmon3/in1_input": 5000,
    "sys/class/hwmon/hwmon3/curr1_input": 1200,
    "sys/class/hwmon/hwmon3/in2_input": 5000,
    "sys/class/hwmon/hwmon4/name": "ina219",
    "sys/class/hwmon/hwmon4/power1_input": 2500000,
}
