"""What latency.py finds out about a machine, from the files that such machines show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import latency
from tests.benchmarks.machines import CPU, JETSON, LAPTOP, PHONE, RASPBERRY_5, cpuinfo, machine


def test_a_raspberry_pi(tmp_path: Path) -> None:
    board = machine(tmp_path, RASPBERRY_5, "aarch64")
    facts = board.facts()
    assert facts["board"] == "Raspberry Pi 5 Model B Rev 1.0"
    assert facts["cpu"] == "4 x Cortex-A76"
    assert facts["features"] == ["asimd", "asimdhp", "asimddp"]
    assert (facts["cores"], facts["big_cores"]) == (4, [])
    assert facts["governor"] == "ondemand"
    assert facts["frequency_limit_mhz"] == 2400
    assert facts["memory_bytes"] == 8245696 * 1024
    assert facts["load_average"] == 0.05
    assert not facts["emulated"]
    assert board.temperature() == 51.2
    assert board.megahertz([0, 1]) == 1800
    assert board.throttle()["raspberry"] == 0x50000


def test_an_older_raspberry_is_asked_by_its_own_command(tmp_path: Path) -> None:
    files = {key: value for key, value in RASPBERRY_5.items() if "get_throttled" not in key}
    commands = {"vcgencmd get_throttled": "throttled=0x50005\n"}
    assert machine(tmp_path, files, "aarch64", commands).throttle()["raspberry"] == 0x50005


def test_the_power_of_a_raspberry_pi_5_is_the_sum_of_its_rails(tmp_path: Path) -> None:
    printed = """   3V7_WL_SW_A current(0)=0.10000000A
      VDD_CORE_A current(7)=2.00000000A
       3V7_WL_SW_V volt(8)=3.70000000V
        VDD_CORE_V volt(15)=0.80000000V
          EXT5V_V volt(24)=5.10000000V
"""
    board = machine(tmp_path, RASPBERRY_5, "aarch64", {"vcgencmd pmic_read_adc": printed})
    assert board.watts() == {"Raspberry Pi PMIC, all rails": pytest.approx(0.37 + 1.6)}


def test_a_phone_with_three_kinds_of_cores(tmp_path: Path) -> None:
    phone = machine(tmp_path, PHONE, "aarch64", {"getprop ro.product.model": "Pixel 5\n"})
    assert phone.facts()["board"] == "Pixel 5"
    assert phone.cpu() == "4 x Cortex-A55 + 3 x Cortex-A77 + 1 x Cortex-X1"
    assert phone.big_cores() == [4, 5, 6, 7]
    assert phone.features() == ["asimd", "asimddp", "i8mm"]
    assert phone.temperature() == 44, "a hot battery is no hot CPU"


def test_a_laptop(tmp_path: Path) -> None:
    laptop = machine(tmp_path, LAPTOP, "x86_64")
    assert laptop.features() == ["avx2", "avx_vnni"]
    assert laptop.temperature() == 63.5
    assert laptop.throttle() == {"raspberry": None, "events": 7}
    assert laptop.counters() == {"RAPL package-0": (999.0, 1000.0)}
    assert not laptop.emulated()


def test_boards_with_power_sensors(tmp_path: Path) -> None:
    assert machine(tmp_path, JETSON, "aarch64").watts() == {"ina3221 1": 6.0, "ina219 1": 2.5}


@pytest.mark.parametrize("kind", ["aarch64", "armv7l", "x86_64", "riscv64"])
def test_a_machine_that_shows_nothing(kind: str, tmp_path: Path) -> None:
    bare = machine(tmp_path, {}, kind)
    facts = bare.facts()
    assert facts["cpu"] == kind
    assert facts["features"] is None
    assert facts["cores"] >= 1
    assert facts["big_cores"] == []
    assert (bare.temperature(), bare.megahertz([0]), bare.watts(), bare.counters()) == (None, None, {}, {})


def test_an_arm_process_on_an_x86_kernel_is_emulated(tmp_path: Path) -> None:
    assert machine(tmp_path / "old", LAPTOP, "aarch64").emulated()
    assert machine(tmp_path / "old", LAPTOP, "aarch64").cpu() == "aarch64", "not the host's name"
    newer = {"proc/cpuinfo": cpuinfo("0xd08", "asimd"), "proc/sys/kernel/arch": "x86_64"}
    assert machine(tmp_path / "new", newer, "aarch64").emulated()
    board = {"proc/cpuinfo": cpuinfo("0xd08", "neon"), "proc/sys/kernel/arch": "aarch64"}
    assert not machine(tmp_path / "board", board, "armv7l").emulated(), "32 bits on a 64-bit board"


@pytest.mark.parametrize(("limit", "quota"), [("max 100000", None), ("150000 100000", 1.5)])
def test_a_container_may_have_a_quota(limit: str, quota: float | None, tmp_path: Path) -> None:
    assert machine(tmp_path, {"sys/fs/cgroup/cpu.max": limit}, "x86_64").quota() == quota


def look(**known: Any) -> dict[str, Any]:
    return {"temperature_c": None, "mhz": None, "raspberry": None, "events": None, **known}


def test_throttling_is_called_out() -> None:
    quiet = look()
    assert latency.throttling(quiet, [], quiet) == []
    now = latency.throttling(look(raspberry=0), [look(raspberry=0x50005)], look(raspberry=0x50000))
    assert now == ["under-voltage", "throttled"]
    missed = latency.throttling(look(raspberry=0), [], look(raspberry=0x80000))
    assert missed == ["the soft temperature limit is active"], "between two looks"
    long_ago = latency.throttling(look(raspberry=0x50000), [look(raspberry=0x50000)], look(raspberry=0x50000))
    assert long_ago == [], "since boot, but not since we began"
    assert latency.throttling(look(events=7), [], look(events=9)) == ["the CPU throttled itself 2 times"]


def test_a_falling_clock_is_throttling_and_a_rising_one_is_not() -> None:
    def clocks(*values: int) -> list[str]:
        return latency.throttling(look(), [look(mhz=float(value)) for value in values], look())

    assert clocks(2400, 2400, 2400, 2400, 1800, 1800, 1500, 1500) == ["the clock fell from 2400 to 1500 MHz"]
    assert clocks(600, 600, 2400, 2400, 2400, 2400, 2400, 2400) == []
    assert clocks(2400, 1500) == [], "two looks are no trend"


def test_energy_counters_may_wrap(tmp_path: Path) -> None:
    laptop = machine(tmp_path, LAPTOP, "x86_64")
    watch = latency.Watch(laptop, [0])
    watch.begin()
    (tmp_path / "sys/class/powercap/intel-rapl:0/energy_uj").write_text("1000000\n")
    energy = watch.energy(seconds=0.5, runs=10)
    assert energy is not None
    assert energy["meters"] == {"RAPL package-0": {"watts": 4.0, "millijoules_per_inference": 200.0}}


def test_power_sensors_are_averaged_over_the_run(tmp_path: Path) -> None:
    board = machine(tmp_path, JETSON, "aarch64")
    watch = latency.Watch(board, [0])
    watch.begin()
    watch.look()
    (tmp_path / "sys/class/hwmon/hwmon4/power1_input").write_text("3500000\n")
    watch.look()
    energy = watch.energy(seconds=2.0, runs=4)
    assert energy is not None
    assert energy["meters"]["ina219 1"] == {"watts": 3.0, "millijoules_per_inference": 1500.0}


def test_no_meter_no_energy(tmp_path: Path) -> None:
    assert latency.Watch(machine(tmp_path, PHONE, "aarch64"), [0]).energy(1.0, 10) is None


def test_the_gate_waits_until_the_board_has_cooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = machine(tmp_path, RASPBERRY_5, "aarch64")
    sensor = tmp_path / "sys/class/thermal/thermal_zone0/temp"
    heat = [70000, 60000, 50000]

    def cool(seconds: float) -> None:
        sensor.write_text(f"{heat.pop(0)}\n")

    monkeypatch.setattr("benchmarks.latency.time.sleep", cool)
    sensor.write_text("75000\n")
    said: list[str] = []
    cooling = latency.cool_down(board, 55.0, 60.0, said.append)
    assert (cooling["from_c"], cooling["to_c"], cooling["reached"]) == (75, 50, True)
    assert heat == []
    assert len(said) == 1
    assert "55 °C" in said[0]


def test_the_gate_gives_up_and_says_so(tmp_path: Path) -> None:
    board = machine(tmp_path, RASPBERRY_5, "aarch64")
    assert not latency.cool_down(board, 40.0, 0.0, print)["reached"]
    assert latency.cool_down(board, None, 60.0, print)["reached"], "no sensor, no wait"


def configured(board: latency.Machine, *arguments: str) -> list[tuple[int, str, list[int] | None]]:
    options = latency.parser().parse_args(["net.tflite", *arguments])
    return latency.configurations_of(options, board, board.facts())


def test_big_cores_alone_are_measured_too_where_cores_differ(tmp_path: Path) -> None:
    phone = machine(tmp_path, PHONE, "aarch64")
    big = [4, 5, 6, 7]
    assert configured(phone) == [
        *((threads, "all", None) for threads in (1, 2, 4)),
        *((threads, "big", big) for threads in (1, 2, 4)),
    ]
    assert configured(phone, "--threads", "6") == [(6, "all", None)]
    assert configured(phone, "--cores", "big", "--threads", "2") == [(2, "big", big)]
    assert configured(phone, "--cores", "7", "--threads", "1") == [(1, "7", [7])]
    with pytest.raises(latency.LatencyError, match="more than the cores at hand: 4"):
        configured(phone, "--cores", "big", "--threads", "6")


def test_equal_cores_have_no_big_ones(tmp_path: Path) -> None:
    board = machine(tmp_path, RASPBERRY_5, "aarch64")
    assert configured(board) == [(threads, "all", None) for threads in (1, 2, 4)]
    with pytest.raises(latency.LatencyError, match="alike"):
        configured(board, "--cores", "big")
    (tmp_path / CPU / "online").write_text("0-1\n")
    assert configured(board) == [(1, "all", None), (2, "all", None)]


def test_commands_are_started_seldom_while_others_measure(tmp_path: Path) -> None:
    asked: list[str] = []

    def command(*words: str) -> str:
        asked.append(" ".join(words))
        return "throttled=0x0\n"

    files = {key: value for key, value in RASPBERRY_5.items() if "get_throttled" not in key}
    machine(tmp_path, files, "aarch64")
    watch = latency.Watch(latency.Machine(str(tmp_path), "aarch64", command), [0])
    watch.begin()
    asked.clear()
    for _ in range(16):
        watch.look()
    assert asked.count("vcgencmd get_throttled") == 2
    assert [look["temperature_c"] for look in watch.during] == [51.2] * 16
