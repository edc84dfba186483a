"""What an emulated core says of itself is what a real one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import latency
from benchmarks.arm.cores import CORES

KNOWN = ["cortex-a53", "cortex-a72", "cortex-a76"]


def read(name: str, folder: Path) -> latency.Machine:
    (folder / "proc").mkdir()
    (folder / "proc" / "cpuinfo").write_text(CORES[name].cpuinfo(4))
    return latency.Machine(str(folder), "armv7l" if name == "cortex-a7" else "aarch64")


@pytest.mark.parametrize("name", [*KNOWN, "cortex-a7"])
def test_it_is_recognised_by_its_part_number(name: str, tmp_path: Path) -> None:
    assert read(name, tmp_path).cpu() == f"4 x {name.title()}"


def test_one_is_recognised_by_nobody(tmp_path: Path) -> None:
    assert read("armv8", tmp_path).cpu() == "4 x part 0xfff"


@pytest.mark.parametrize("name", KNOWN)
def test_only_the_newest_has_dot_products(name: str, tmp_path: Path) -> None:
    features = read(name, tmp_path).features()
    assert features is not None
    assert ("asimddp" in features) == (name == "cortex-a76")
