"""A phone that is not at hand: an `adb` in PATH whose device is a folder here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

ADB = """#!/bin/sh
if [ "$1" = -s ]; then shift 2; fi
there() {{ printf '%s' "$1" | sed 's#/data/local/tmp#{folder}/tmp#g'; }}
echo "$*" >> {folder}/log
case $1 in
    devices) cat {folder}/devices ;;
    push)
        if [ -e {folder}/full ]; then
            echo "adb: error: failed to copy '$2': remote write failed: No space left on device" >&2
            exit 1
        fi
        cp "$2" "$(there "$3")" ;;
    shell)
        if [ -e {folder}/unplugged ]; then echo "adb: error: device offline" >&2; exit 1; fi
        shift
        sh -c "$(there "$*")"
        exit 0 ;;
esac
"""
PYTHON = """#!/bin/sh
exec {python} "$@"
"""
BINARY = """#!/bin/sh
echo "$*" >> {folder}/binary
cat {folder}/printed
"""
PRINTED = """INFO: STARTING!
INFO: Log parameter values verbosely: [0]
INFO: Graph: [/data/local/tmp/net.tflite]
INFO: Loaded model /data/local/tmp/net.tflite
INFO: XNNPACK delegate created.
INFO: Explicitly applied XNNPACK delegate, and the model graph will be completely executed by the \
delegate.
INFO: The input model file size (MB): 1.31874
INFO: Initialized session in 12.345ms.
INFO: Running benchmark for at least 1 iterations and at least 1 seconds
INFO: count=40 first=30100 curr=23000 min=22800 max=30100 avg=23900 std=1000 p5=22900 median=23400 p95=25000

INFO: Running benchmark for at least 100 iterations and at least 5 seconds
INFO: count=214 first=23200 curr=23100 min=22300 max=25100 avg=23300 std=400 p5=22700 median=23250 p95=24000

INFO: Inference timings in us: Init: 12345, First inference: 30100, Warmup (avg): 23900, \
Inference (avg): 23300
INFO: Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE.
INFO: Memory footprint delta from the start of the tool (MB): init=8.25 overall=20.5
"""
OLD = """STARTING!
Loaded model /data/local/tmp/net.tflite
Initialized session in 0.855ms.
count=15 first=49060 curr=33682 min=32825 max=49060 avg=34825.1 std=3930

count=50 first=32891 curr=33978 min=32641 max=34005 avg=33209.4 std=450

Inference timings in us: Init: 855, First inference: 49060, Warmup (avg): 34825.1, Inference (avg): 33209.4
Peak memory footprint (MB): init=0 overall=12.8672
"""


@dataclass(frozen=True)
class Phone:
    """What the tests change about it, and what was asked of it."""

    folder: Path

    def is_called(self, *lines: str) -> None:
        (self.folder / "devices").write_text("\n".join(["List of devices attached", *lines, ""]))

    def becomes(self, state: str) -> None:
        """full, or unplugged."""
        (self.folder / state).touch()

    def left(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "tmp").iterdir())

    def asked(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    def started(self) -> list[str]:
        """The benchmark binary's command lines."""
        return (self.folder / "binary").read_text().splitlines()

    @property
    def binary(self) -> Path:
        return self.folder / "benchmark_model"


def phone(folder: Path, *, python: bool) -> Phone:
    """Its programs stand in `folder`/bin, which the caller puts into PATH."""
    (folder / "tmp").mkdir()
    (folder / "bin").mkdir()
    programs = {"bin/adb": ADB, "benchmark_model": BINARY}
    if python:
        programs["bin/python3"] = PYTHON
    for name, script in programs.items():
        (folder / name).write_text(script.format(folder=folder, python=sys.executable))
        (folder / name).chmod(0o755)
    (folder / "printed").write_text(PRINTED)
    made = Phone(folder)
    made.is_called("R58M\tdevice")
    return made
